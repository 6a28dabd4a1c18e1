package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.testkit.Curl;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.Origin;
import sallyport.testkit.RawClient;
import sallyport.testkit.Setup;

/** Parts of a resource (RFC 9110 section 14), asked for by real clients and served by nginx. */
class RangesIT {
  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private String content = "";

  @BeforeEach
  void write() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      lines.append("line ").append(i).append('\n');
    }
    content = lines.toString();
    Path folder = Files.createDirectories(gateway.file("nginx/files"));
    Files.writeString(folder.resolve("file.txt"), content);
  }

  /** Serves the file to the gateway over this version of HTTP. */
  private void start(String listen, String protocol) throws IOException {
    Nginx nginx =
        gateway.closing(Nginx.start(gateway.file("nginx"), listen, "location / { root files; }"));
    gateway.start(Setup.to(nginx.address()).backend("protocol = " + protocol));
  }

  private HttpResponse<String> get(Version version, String... fields) throws Exception {
    HttpResponse<String> response =
        gateway
            .client(version)
            .send(
                HttpRequest.newBuilder(gateway.uri("/file.txt")).headers(fields).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.version()).isEqualTo(version);
    return response;
  }

  private static String first(HttpResponse<String> response, String name) {
    List<String> values = response.headers().allValues(name);
    assertThat(values).as(name).hasSize(1);
    return values.getFirst();
  }

  private void theFileIsServedInParts(Version version) throws Exception {
    HttpResponse<String> whole = get(version, "Accept", "*/*");
    assertThat(whole.statusCode()).isEqualTo(200);
    assertThat(whole.body()).isEqualTo(content);
    assertThat(first(whole, "accept-ranges")).isEqualTo("bytes");
    String tag = first(whole, "etag");

    HttpResponse<String> part = get(version, "Range", "bytes=100-199");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(first(part, "content-range")).isEqualTo("bytes 100-199/" + content.length());
    assertThat(first(part, "content-length")).isEqualTo("100");
    assertThat(part.body()).isEqualTo(content.substring(100, 200));

    HttpResponse<String> end = get(version, "Range", "bytes=-50", "If-Range", tag);
    assertThat(end.statusCode()).isEqualTo(206);
    assertThat(end.body()).isEqualTo(content.substring(content.length() - 50));

    HttpResponse<String> changed = get(version, "Range", "bytes=-50", "If-Range", "\"other\"");
    assertThat(changed.statusCode()).isEqualTo(200);
    assertThat(changed.body()).isEqualTo(content);

    HttpResponse<String> parts = get(version, "Range", "bytes=0-9,1000-1009");
    assertThat(parts.statusCode()).isEqualTo(206);
    assertThat(parts.headers().allValues("content-range")).isEmpty();
    String boundary = first(parts, "content-type").replace("multipart/byteranges; boundary=", "");
    assertThat(parts.body().split("\r\n", -1))
        .containsExactly(
            "",
            "--" + boundary,
            "Content-Type: text/plain",
            "Content-Range: bytes 0-9/" + content.length(),
            "",
            content.substring(0, 10),
            "--" + boundary,
            "Content-Type: text/plain",
            "Content-Range: bytes 1000-1009/" + content.length(),
            "",
            content.substring(1000, 1010),
            "--" + boundary + "--",
            "");

    HttpResponse<String> beyond = get(version, "Range", "bytes=" + content.length() + "-");
    assertThat(beyond.statusCode()).isEqualTo(416);
    assertThat(first(beyond, "content-range")).isEqualTo("bytes */" + content.length());
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void partsComeFromABackendOnHttp1(Version version) throws Exception {
    start("", "http1");
    theFileIsServedInParts(version);
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void partsComeFromABackendOnHttp2(Version version) throws Exception {
    start("http2", "http2");
    theFileIsServedInParts(version);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void curlResumesADownloadWhereItBrokeOff(String version) throws Exception {
    start("", "auto");
    Path file = gateway.file("download");
    Files.writeString(file, content.substring(0, 12_345));
    Curl.run(
            gateway.file("ca.pem"),
            version,
            "--continue-at",
            "-",
            "--output",
            file.toString(),
            gateway.uri("/file.txt").toString())
        .outOnSuccess();
    assertThat(Files.readString(file, StandardCharsets.US_ASCII)).isEqualTo(content);
    assertThat(gateway.access().awaitContaining("/file.txt"))
        .contains("\"status\":206", "\"response_bytes\":" + (content.length() - 12_345));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void curlGetsTheRangeThatItAsksFor(String version) throws Exception {
    start("", "auto");
    String out =
        Curl.run(
                gateway.file("ca.pem"),
                version,
                "-r",
                "5-14",
                "-w",
                "|%{http_code}|%header{content-range}",
                gateway.uri("/file.txt").toString())
            .outOnSuccess();
    assertThat(out).isEqualTo(content.substring(5, 15) + "|206|bytes 5-14/" + content.length());
  }

  @Test
  void whatAsksForPartsAndNamesThemIsNotTouched() throws IOException {
    Origin origin =
        gateway.origin(
            r ->
                r.reply(
                    206,
                    "x",
                    "Content-Range: pages 1-2/*",
                    "Accept-Ranges: pages",
                    "Content-Type: multipart/byteranges;  boundary=\"a b\""));
    gateway.start(origin);
    RawClient.Response response =
        gateway
            .connect()
            .get("/", "Range: pages=1-2,  5-", "If-Range: Tue, 15 Nov 1994 08:12:31 GMT")
            .read();
    assertThat(origin.requests().getFirst().all("range")).containsExactly("pages=1-2,  5-");
    assertThat(origin.requests().getFirst().all("if-range"))
        .containsExactly("Tue, 15 Nov 1994 08:12:31 GMT");
    assertThat(response.status()).isEqualTo(206);
    assertThat(response.all("content-range")).containsExactly("pages 1-2/*");
    assertThat(response.all("accept-ranges")).containsExactly("pages");
    assertThat(response.all("content-type"))
        .containsExactly("multipart/byteranges;  boundary=\"a b\"");
  }
}
