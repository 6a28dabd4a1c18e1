# docker build -t sallyport .
# docker run --read-only --tmpfs /tmp:exec -v ./conf:/opt/sallyport/conf:ro -v ./certs:/opt/sallyport/certs:ro \
#   -p 80:8080 -p 443:8443 sallyport
# (/tmp takes the native libraries that Netty unpacks, hence exec.)

FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /src
COPY pom.xml ./
COPY src src
RUN mvn -q -B -Dmaven.test.skip=true package \
 && jlink --add-modules java.base,java.logging,java.management,java.naming,java.net.http,java.sql,java.xml,jdk.crypto.ec,jdk.httpserver,jdk.management,jdk.net,jdk.unsupported \
      --strip-debug --no-header-files --no-man-pages --output /jre

FROM debian:stable-slim
COPY --from=build /jre /opt/java
COPY --from=build /src/target/sallyport.jar /opt/sallyport/target/sallyport.jar
COPY --from=build /src/target/lib /opt/sallyport/target/lib
COPY bin/sallyport /opt/sallyport/bin/sallyport
COPY conf /opt/sallyport/conf
ENV JAVA_HOME=/opt/java
WORKDIR /opt/sallyport
USER 65532:65532
EXPOSE 8080 8443
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/opt/sallyport/bin/sallyport", "health"]
ENTRYPOINT ["/opt/sallyport/bin/sallyport"]
CMD ["run"]
