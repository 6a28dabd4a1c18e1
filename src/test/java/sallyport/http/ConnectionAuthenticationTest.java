package sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionAuthenticationTest {
  @ParameterizedTest
  @ValueSource(strings = {"NTLM TlRM", "ntlm TlRM", "Negotiate YII=", "NEGOTIATE\tYII=", "NTLM"})
  void credentialsOfAConnectionAreNoticed(String value) {
    assertThat(ConnectionAuthentication.isUsedBy(authorization(value))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic dTpw", "Bearer NTLM", "NTLMv2 x", "Negotiated x", "", "Digest a"})
  void othersAreNot(String value) {
    assertThat(ConnectionAuthentication.isUsedBy(authorization(value))).isFalse();
  }

  private static HttpHeaders authorization(String value) {
    return new DefaultHttpHeaders().add("authorization", value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | www-authenticate   | NTLM                          | true",
        "401 | www-authenticate   | Negotiate                     | true",
        "401 | www-authenticate   | Basic realm=\"x\", negotiate | true",
        "401 | www-authenticate   | NTLM, Basic realm=\"x\"      | true",
        "407 | proxy-authenticate | NTLM                          | true",
        "401 | www-authenticate   | Basic realm=\"NTLM\"         | false",
        "401 | proxy-authenticate | NTLM                          | false",
        "200 | www-authenticate   | NTLM                          | false",
      })
  void offersAreNoticed(int status, String field, String value, boolean offered) {
    HttpResponse response =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    response.headers().add(field, value);
    assertThat(ConnectionAuthentication.isOfferedBy(response)).isEqualTo(offered);
  }

  @Test
  void oneOfSeveralFieldsIsEnough() {
    HttpResponse response =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.UNAUTHORIZED);
    response.headers().add("www-authenticate", "Basic realm=x").add("www-authenticate", "NTLM");
    assertThat(ConnectionAuthentication.isOfferedBy(response)).isTrue();
  }
}
