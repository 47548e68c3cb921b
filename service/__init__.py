"""The web service around `translator.Translator`; it owns no translation logic."""
