# syntax=docker/dockerfile:1
# Passerelle in one image: no compiler, no torch, no root. How to build and run it: docs/operate.md.
#
#   BASE               a Debian with Python 3.11 to 3.13; pin yours by digest (python:3.12-slim@sha256:…)
#   PASSERELLE_MODEL   what the image translates with: shipped, a folder under models/, or a hub name
#   ACCELERATOR        cpu, or cuda (adds NVIDIA's cuBLAS; x86-64)
#   VERSION, REVISION  the release, and the commit it was made from
#
# Behind a proxy with certificates of its own, give the build their bundle: --secret id=ca,src=FILE
ARG BASE=python:3.12-slim

# hadolint ignore=DL3006
FROM ${BASE} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
ENV PATH=/opt/passerelle/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# hadolint ignore=DL3008
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements/ requirements/
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=ca,required=false \
    [ ! -f /run/secrets/ca ] || export PIP_CERT=/run/secrets/ca SSL_CERT_FILE=/run/secrets/ca; \
    python3 -m venv /build \
 && /build/bin/pip install -q --require-hashes -r requirements/build.txt \
 && python3 -m venv --without-pip /opt/passerelle \
 && /build/bin/pip --python /opt/passerelle/bin/python install -q --no-compile --require-hashes -r requirements/image.txt
ARG ACCELERATOR=cpu
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=ca,required=false \
    [ ! -f /run/secrets/ca ] || export PIP_CERT=/run/secrets/ca SSL_CERT_FILE=/run/secrets/ca; \
    case "${ACCELERATOR}" in \
      cpu) ;; \
      cuda) /build/bin/pip --python /opt/passerelle/bin/python install -q --no-deps --require-hashes -r requirements/cuda.txt \
         && ln -s "$(echo /opt/passerelle/lib/python3*/site-packages/nvidia/cublas/lib)" /opt/passerelle/cuda ;; \
      *) echo "ACCELERATOR=${ACCELERATOR}: cpu or cuda" >&2; exit 2 ;; \
    esac
# What is never loaded: debug symbols, tests, headers, other languages' locales, most lexers of a highlighter.
# hadolint ignore=DL3003
RUN cd /opt/passerelle/lib/python3*/site-packages \
 && strip --strip-unneeded ctranslate2/*.so ctranslate2.libs/libctranslate2* \
 && find . \( -name '*.pyi' -o -name '*.a' -o -name '*.h' \) -delete \
 && find . -type d -name tests -prune -exec rm -r {} + \
 && find babel/locale-data -name '*.dat' -not -regex '.*/\(root\|en\(_.*\)?\|fr\(_.*\)?\)\.dat' -delete \
 && find pygments/lexers -name '*.py' -not -name '_*' -not -name python.py -not -name special.py -delete \
 && rm -r hf_xet numpy/f2py
COPY pyproject.toml README.md LICENSE ./
COPY translator/ translator/
COPY service/ service/
COPY training/ training/
ARG VERSION=0.1.0
ENV SHIPPED=/opt/passerelle/shipped
# The shipped model is converted here, so that starting is only loading.
RUN SETUPTOOLS_SCM_PRETEND_VERSION=${VERSION} /build/bin/pip wheel -q --no-deps --no-build-isolation --no-index -w /dist . \
 && /build/bin/pip --python /opt/passerelle/bin/python install -q --no-compile --no-deps --no-index /dist/*.whl \
 && ln -s "$(echo /opt/passerelle/lib/python3*/site-packages/translator/models/passerelle-fr-en)" ${SHIPPED} \
 && passerelle model import shipped --out /converted \
 && rm ${SHIPPED}/model.safetensors \
 && cp /converted/* ${SHIPPED}/ \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/passerelle/lib

# Another model, converted; torch is here alone, for weights that are a pickle.
FROM build AS model
ARG PASSERELLE_MODEL=shipped
RUN --mount=type=bind,target=/context \
    --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=ca,required=false \
    [ ! -f /run/secrets/ca ] || export PIP_CERT=/run/secrets/ca SSL_CERT_FILE=/run/secrets/ca; \
    mkdir /models; \
    if [ "${PASSERELLE_MODEL}" = shipped ]; then ln -s ${SHIPPED} /models/default; exit; fi; \
    source="/context/models/${PASSERELLE_MODEL}"; \
    if [ ! -d "${source}" ]; then source=/fetched; passerelle model fetch "${PASSERELLE_MODEL}" --out "${source}"; fi; \
    if [ -f "${source}/model.bin" ]; then cp -r "${source}" /models/default; exit; fi; \
    if [ ! -f "${source}/model.safetensors" ]; then \
      /build/bin/pip --python /opt/passerelle/bin/python install -q --require-hashes -r /context/requirements/torch.txt; \
    fi; \
    passerelle model import "${source}" --out /models/default

# hadolint ignore=DL3006
FROM ${BASE} AS image
# The base has no bytecode, and a read-only root cannot keep any.
RUN python3 -m compileall -q -j 0 -x '/(test|tests|idlelib|lib2to3|ensurepip|tkinter|site-packages|dist-packages)/' \
      --invalidation-mode unchecked-hash "$(python3 -c 'import os; print(os.path.dirname(os.__file__))')" \
 && mkdir -m 1777 /data
COPY --from=build /opt/passerelle /opt/passerelle
COPY --from=model /models /opt/models
COPY --chmod=644 deploy/probe.py /opt/probe.py
ENV PATH=/opt/passerelle/bin:$PATH \
    LD_LIBRARY_PATH=/opt/passerelle/cuda \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    PASSERELLE_MODEL=/opt/models/default \
    PASSERELLE_STATE_DIR=/data
# State of every uid; without a volume of your own it lives as long as the container.
VOLUME /data
WORKDIR /data
USER 10001:10001
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["/opt/passerelle/bin/python", "-ISB", "/opt/probe.py"]
ENTRYPOINT ["/opt/passerelle/bin/passerelle"]
CMD ["serve", "--host", "0.0.0.0"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Passerelle" \
      org.opencontainers.image.description="Self-hosted French to English translation: articles in, articles out, every name intact." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0 AND CC-BY-SA-4.0"
