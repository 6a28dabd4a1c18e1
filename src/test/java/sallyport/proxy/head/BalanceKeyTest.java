package sallyport.proxy.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.backend.HashConfig;
import sallyport.values.ClientAddress;

class BalanceKeyTest {
  private static final ClientAddress CLIENT =
      ClientAddress.direct(new InetSocketAddress("192.0.2.9", 4711));

  private final HttpHeaders fields = new DefaultHttpHeaders();

  private String key(HashConfig hash) {
    return String.valueOf(BalanceKey.of(hash, fields, CLIENT));
  }

  @ParameterizedTest
  @CsvSource({
    // the field, a second one, the value of the cookie SID
    "SID=a, , a",
    "SID=a; b=c, , a",
    "b=c; SID=a, , a",
    "b=c;SID=a;d=e, , a",
    "SID = a , , a",
    "SID=a=b==, , a=b==",
    "SID=\"a\", , \"a\"",
    "SID=a; SID=b, , a",
    "b=c, SID=a, a",
    "XSID=a, , null",
    "sid=a, , null",
    "SID, , null",
    "SID; b=c, , null",
    "SID=, , null",
    "b=SID=a, , null",
    "'; ; =; SID=a', , a",
    "'', , null"
  })
  void theFirstCookieOfTheNameIsTheKey(String field, String second, String key) {
    fields.add("Cookie", field);
    if (second != null) {
      fields.add("Cookie", second);
    }
    assertThat(key(new HashConfig.Cookie("SID"))).isEqualTo(key);
  }

  @Test
  void theFirstValueOfTheFieldIsTheKey() {
    HashConfig hash = new HashConfig.Header("x-tenant");
    assertThat(key(hash)).isEqualTo("null");
    fields.add("X-Tenant", "clinic, lab");
    fields.add("X-Tenant", "other");
    assertThat(key(hash)).isEqualTo("clinic, lab");
  }

  @Test
  void anEmptyFieldIsNoKey() {
    fields.add("X-Tenant", "");
    assertThat(key(new HashConfig.Header("x-tenant"))).isEqualTo("null");
  }

  @Test
  void theAddressOfTheClientIsTheKeyWithoutItsPort() {
    assertThat(key(new HashConfig.Source())).isEqualTo("192.0.2.9");
  }
}
