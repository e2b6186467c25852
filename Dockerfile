# The command `mockserver` as an image; arguments append. docs/how-to-run-in-a-container.md tells more.
#
#   docker build -t mockserver .
#   docker run --rm -p 127.0.0.1:8080:8080 -e MOCKSERVER_ADMIN_TOKEN=secret mockserver
#   docker run --rm -v "$PWD:/contracts:ro" mockserver check api.yaml
#
# What is in /contracts is served, with the scenarios of /scenarios beside the packaged ones: a folder
# of your own is mounted over either. A volume at /state keeps the sessions, where MOCKSERVER_STATE is
# sqlite:/state/mock.db; nothing else is ever written: --read-only, --cap-drop ALL and any --user work.
# Give port, address and certificate by variable (MOCKSERVER_PORT, ...) rather than by flag: the
# health check reads the variables.

ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
# Two environments: the tools that build stay here, the product is copied. It has no pip.
RUN python3 -m venv /opt/tools && python3 -m venv --without-pip /opt/venv
COPY requirements/runtime.txt requirements/build.txt /src/requirements/
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore
# Wheels alone, which there are for amd64 and arm64: nothing is compiled.
RUN /opt/tools/bin/pip install --only-binary :all: --require-hashes -r /src/requirements/build.txt \
 && /opt/tools/bin/pip --python /opt/venv/bin/python install --only-binary :all: --require-hashes \
    -r /src/requirements/runtime.txt
# Above is what the locks say, kept until they change; below is the project, without the index.
COPY . /src
RUN /opt/tools/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /dist /src \
 && /opt/tools/bin/pip --python /opt/venv/bin/python install --no-index --no-deps /dist/*.whl \
 && /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM ${BASE_IMAGE}
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
# An image whose own contracts are wrong is not built. The official base has no bytecode of the
# standard library; this leaves that of the modules in use, else every start would compile them.
RUN mockserver check && python -c "import mockserver.server.run"
# What is served is what is in these places: the packaged contracts, until something else is mounted.
RUN cp -R /opt/venv/lib/python*/site-packages/mockserver/packaged/specs /contracts
WORKDIR /scenarios
# Where a volume may keep the sessions: it takes over that anybody may write here.
RUN mkdir --mode 1777 /state
WORKDIR /contracts
ENV MOCKSERVER_SPECS=/contracts MOCKSERVER_SCENARIOS=/scenarios \
    MOCKSERVER_HOST=0.0.0.0 MOCKSERVER_PORT=8080 PYTHONDONTWRITEBYTECODE=1
# A number, so that Kubernetes can see that it is not root; no file belongs to it.
USER 10001:10001
EXPOSE 8080
# Not urllib: it would ask the proxy of the environment. A certificate is not verified: it is ours.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --start-interval=1s --retries=3 CMD ["python", "-I", "-c", "\
import http.client, ssl; \
from mockserver.settings import gather; \
own = gather({}); \
connect = http.client.HTTPSConnection if own.tls_cert else http.client.HTTPConnection; \
trust = {'context': ssl._create_unverified_context()} if own.tls_cert else {}; \
server = connect(own.host, own.port, **trust); \
server.request('GET', '/__admin/health'); \
raise SystemExit(server.getresponse().status != 200)"]
ENTRYPOINT ["mockserver"]
CMD ["serve"]

ARG BASE_IMAGE
LABEL org.opencontainers.image.title="mockserver" \
      org.opencontainers.image.description="A provider you can rewind: a contract-driven mock server and stateful test double." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${BASE_IMAGE}"
