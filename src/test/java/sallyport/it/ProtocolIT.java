package sallyport.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient.Version;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.testkit.GatewayFixture;
import sallyport.testkit.Nginx;
import sallyport.testkit.Setup;

/** Which version of HTTP a backend is spoken to in, as nginx sees it. */
class ProtocolIT {
  private static final String ECHO = "return 200 \"$server_protocol $ssl_protocol\";";

  @RegisterExtension final GatewayFixture gateway = new GatewayFixture();

  private HttpResponse<String> ask(String listen, String protocol, Version version)
      throws Exception {
    Nginx nginx = gateway.closing(Nginx.start(gateway.file("nginx"), listen, ECHO));
    gateway.start(Setup.to(nginx.address()).backend("protocol = " + protocol));
    return gateway.get(version, "/");
  }

  @ParameterizedTest
  @CsvSource({
    "http2, auto, HTTP/2.0",
    "http2, http2, HTTP/2.0",
    "http2, http1, HTTP/1.1",
    "'', auto, HTTP/1.1",
    "'', http1, HTTP/1.1"
  })
  void theBackendIsAskedInTheVersionThatBothSidesTake(
      String listen, String protocol, String expected) throws Exception {
    HttpResponse<String> response = ask(listen, protocol, Version.HTTP_1_1);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(expected + " TLSv1.3");
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void aBackendThatDoesNotTakeHttp2WhereNothingElseWillDoIs502(Version version) throws Exception {
    assertThat(ask("", "http2", version).statusCode()).isEqualTo(502);
    assertThat(gateway.access().awaitContaining("\"status\":502")).contains("protocol_mismatch");
  }
}
