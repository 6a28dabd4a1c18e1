package sallyport.proxy.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.backend.sticky.StickyConfig;
import sallyport.config.backend.sticky.StickyConfig.SameSite;
import sallyport.config.problem.ConfigLocation;
import sallyport.testkit.Backends;

class StickyCookieTest {
  private final HttpHeaders fields = new DefaultHttpHeaders();

  @ParameterizedTest
  @CsvSource({
    // the field, a second one, the value of SID, what is left
    "SID=a, , a, ''",
    "SID=a; b=c, , a, b=c",
    "b=c; SID=a, , a, b=c",
    "b=c; SID=a; d=e, , a, b=c; d=e",
    "b=c;SID=a;d=e, , a, b=c;d=e",
    "SID=a; SID=b; c=d, , a, c=d",
    "SID=a, b=c, a, b=c",
    "b=c, SID=a; d=e, a, b=c|d=e",
    "b=c; SID=, , '', b=c",
    "b=c; XSID=a; sid=b; SID, , null, b=c; XSID=a; sid=b; SID"
  })
  void theBackendGetsAllCookiesButThis(String field, String second, String value, String left) {
    fields.add("Cookie", field);
    if (second != null) {
      fields.add("Cookie", second);
    }
    assertThat(String.valueOf(StickyCookie.take("SID", fields))).isEqualTo(value);
    assertThat(String.join("|", fields.getAll("Cookie"))).isEqualTo(left);
  }

  @Test
  void withoutCookiesNothingIsTaken() {
    assertThat(StickyCookie.take("SID", fields)).isNull();
    assertThat(fields).isEmpty();
  }

  @Test
  void aCookieIsForThisHostAndHttpsAlone() {
    assertThat(StickyCookie.field(sticky(Duration.ZERO, SameSite.LAX), "token"))
        .isEqualTo("SID=token; Path=/; Secure; HttpOnly; SameSite=Lax");
    assertThat(StickyCookie.field(sticky(Duration.ofHours(8), SameSite.STRICT), "token"))
        .isEqualTo("SID=token; Path=/; Max-Age=28800; Secure; HttpOnly; SameSite=Strict");
  }

  private static StickyConfig sticky(Duration maxAge, SameSite site) {
    ConfigLocation some = Backends.config("endpoints = [ \"a:1\" ]").location();
    return new StickyConfig("SID", some, maxAge, site, null, some);
  }
}
