"""French to English translation: articles in, articles out, every name intact."""
