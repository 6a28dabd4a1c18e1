package sallyport.cluster.sticky;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class StickyTokensTest {
  private static SecretKey key(int first) {
    byte[] octets = new byte[32];
    octets[0] = (byte) first;
    return new SecretKeySpec(octets, "HmacSHA256");
  }

  private final StickyTokens tokens = new StickyTokens(key(1), "app");

  /** Replicas agree, also those of a later version. */
  @Test
  void theSameKeyMakesTheSameTokens() {
    assertThat(tokens.of("10.0.0.5:9443"))
        .isEqualTo("MYcgFiz9VpwB1-6M5NgQ5g")
        .isEqualTo(tokens.of("10.0.0.5:9443"))
        .isEqualTo(new StickyTokens(key(1), "app").of("10.0.0.5:9443"));
  }

  @Test
  void eachEndpointBackendAndKeyHasTokensOfItsOwn() {
    Set<String> all = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      all.add(tokens.of("10.0.0.5:" + i));
    }
    all.add(new StickyTokens(key(1), "other").of("10.0.0.5:1"));
    all.add(new StickyTokens(key(2), "app").of("10.0.0.5:1"));
    all.add(StickyTokens.ofProcess("app").of("10.0.0.5:1"));
    assertThat(all).hasSize(103).allMatch(token -> token.matches("[A-Za-z0-9_-]{22}"));
  }

  @Test
  void aTextIsTheTokenOfOneEndpointOrOfNone() {
    String token = tokens.of("a:1");
    assertThat(tokens.isOf("a:1", token)).isTrue();
    assertThat(tokens.isOf("b:1", token)).isFalse();
    for (String text : new String[] {"", token + "x", token.substring(1), "\u00e9".repeat(22)}) {
      assertThat(tokens.isOf("a:1", text)).as(text).isFalse();
    }
  }

  @Test
  void theKeyOfTheProcessOutlivesAReload() {
    assertThat(StickyTokens.ofProcess("app").of("a:1"))
        .isEqualTo(StickyTokens.ofProcess("app").of("a:1"));
  }
}
