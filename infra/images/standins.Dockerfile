# The outside world for demonstrations, no part of the product.
# From the repository's root: docker build -f infra/images/standins.Dockerfile -t crossdock/standins .
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY infra/images/build.lock infra/images/standins.lock ./
RUN pip install --require-hashes -r build.lock
RUN python -m venv --without-pip /crossdock
RUN pip --python /crossdock install --require-hashes -r standins.lock
COPY infra/standins standins
RUN pip wheel --no-deps --no-build-isolation --wheel-dir wheels ./standins
RUN pip --python /crossdock install --no-deps --no-index --find-links wheels crossdock-standins

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home crossdock
COPY --from=build /crossdock /crossdock
ENV PATH=/crossdock/bin:$PATH
USER 10001
