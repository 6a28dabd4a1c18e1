# docker build -t sallyport .
# docker run --read-only --cap-drop=ALL -v ./conf:/opt/sallyport/conf:ro -p 80:8080 -p 443:8443 --stop-timeout 60 sallyport
# A stop takes up to lame-duck and drain-timeout together; without --stop-timeout, docker kills after 10 s.
# conf/certs, where conf/gateway.conf looks for certificates and keys, is in that folder and not in the image.
# Nothing is written to the file system, /tmp included: the native libraries, which Netty would unpack
# there at each start, are unpacked by the build, and the start-up cache is made by the JVM of the image.
# The image has the product alone: run, check, health, version and the commands to a running gateway. The tools, such as
# demo and pki, are not in it.
# The store of gateway.acme, if there is one, needs a volume of its
# own that user 65532 may write to. Keys must be readable for user 65532.

FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /src
COPY pom.xml ./
COPY src src
RUN mvn -q -B -Dmaven.test.skip=true -Dsallyport.aot.skip package \
 && jlink --add-modules java.base,java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.crypto.cryptoki,jdk.jfr,jdk.management,jdk.net,jdk.unsupported \
      --strip-debug --no-header-files --no-man-pages --output /jre

FROM debian:stable-slim AS product
COPY --from=build /jre /opt/java
COPY --from=build /src/target/native /opt/sallyport/target/native
COPY --from=build /src/target/lib /opt/sallyport/target/lib
COPY --from=build /src/target/sallyport.jar /opt/sallyport/target/sallyport.jar
COPY bin/sallyport /opt/sallyport/bin/sallyport
COPY conf /opt/sallyport/conf
ENV JAVA_HOME=/opt/java
ENV SALLYPORT_JAVA_OPTS="-XX:-UsePerfData"
WORKDIR /opt/sallyport

FROM product AS trained
COPY --from=build /src/target/sallyport-tools.jar /opt/sallyport/target/sallyport-tools.jar
RUN bin/sallyport train

FROM product
COPY --from=trained /opt/sallyport/target/sallyport.aot /opt/sallyport/target/sallyport.aot
USER 65532:65532
EXPOSE 8080 8443
# Asked by bash, without a JVM, where admin.bind is plain to see (docs/observability.md).
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/opt/sallyport/bin/sallyport", "health"]
ENTRYPOINT ["/opt/sallyport/bin/sallyport"]
CMD ["run"]
