package sallyport.config.setting;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.config.GatewayConfig;
import sallyport.config.certificate.CrlConfig;
import sallyport.config.certificate.RevocationConfig;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.problem.ConfigLocation;

/** What is the same setting, wherever it is written. */
class SettingsTest {
  private static final ConfigLocation HERE = new ConfigLocation("gateway.conf", 1, "a.trust");
  private static final ConfigLocation THERE = new ConfigLocation("gateway.conf", 9, "b.trust");
  private static final Path CA = Path.of("ca.pem");

  @TempDir static Path folder;

  @BeforeAll
  static void files() throws IOException {
    for (String name : List.of("a.pem", "a.key", "ca.pem")) {
      Files.createFile(folder.resolve(name));
    }
  }

  private static TrustConfig trust(ConfigLocation location, CrlConfig... crls) {
    RevocationConfig none = RevocationConfig.NONE;
    return new TrustConfig(
        CA,
        location,
        new RevocationConfig(List.of(crls), none.mode(), none.ocsp(), none.ocspTimeout()));
  }

  @Test
  void recordsAreEqualOnlyWhereTheyStandAtTheSamePlace() {
    assertThat(trust(HERE)).isEqualTo(trust(HERE)).isNotEqualTo(trust(THERE));
    assertThat(HERE).isNotEqualTo(THERE);
  }

  @Test
  void recordsAtDifferentPlacesAreTheSameSettings() {
    assertThat(Settings.same(trust(HERE), trust(THERE))).isTrue();
    assertThat(Settings.same(trust(HERE), new TrustConfig(Path.of("other.pem"), HERE))).isFalse();
  }

  @Test
  void placesInsideOfListsAndMapsAreNoDifferenceEither() {
    CrlConfig one = new CrlConfig(CA, HERE);
    CrlConfig moved = new CrlConfig(CA, THERE);
    assertThat(Settings.same(trust(HERE, one), trust(HERE, moved))).isTrue();
    assertThat(Settings.same(trust(HERE, one), trust(HERE, one, moved))).isFalse();
    assertThat(Settings.same(Map.of("a", one), Map.of("a", moved))).isTrue();
    assertThat(Settings.same(Map.of("a", one), Map.of("b", one))).isFalse();
  }

  @Test
  void theOrderOfAListIsASettingUnlessItIsNotAskedFor() {
    CrlConfig first = new CrlConfig(CA, HERE);
    CrlConfig second = new CrlConfig(Path.of("b.pem"), HERE);
    List<CrlConfig> moved = List.of(second, new CrlConfig(CA, THERE));
    assertThat(Settings.same(List.of(first, second), moved)).isFalse();
    assertThat(Settings.sameInAnyOrder(List.of(first, second), moved)).isTrue();
    assertThat(Settings.sameInAnyOrder(List.of(first, second), List.of(first))).isFalse();
    assertThat(Settings.sameInAnyOrder(List.of(first), List.of(first, second))).isFalse();
  }

  @Test
  void anotherKindOfRecordIsAnotherSetting() {
    assertThat(
            Settings.same(
                new SecretConfig.File(CA, HERE), new SecretConfig.Environment("ca.pem", HERE)))
        .isFalse();
    assertThat(Settings.same(null, new SecretConfig.File(CA, HERE))).isFalse();
    assertThat(Settings.same(null, null)).isTrue();
  }

  @Test
  void aConfigurationWithAnotherCommentIsAnotherValueOfTheSameSettings() throws Exception {
    String hocon =
        """
        gateway {
          listeners.https {
            bind = "127.0.0.1:0"
            tls {
              certificates = [ { chain = a.pem, key = a.key, passphrase.env = P } ]
              client-auth { mode = required, trust = ca.pem, revocation.crls = [ ca.pem ] }
              session-tickets { source = derived, secrets = [ { file = a.key } ] }
            }
          }
          routes = [ { backend = app } ]
          backends.app {
            endpoints = [ "127.0.0.1:1" ]
            tls { trust = ca.pem, certificate { chain = a.pem, key = a.key } }
          }
        }
        """;
    GatewayConfig before = GatewayConfig.parse(hocon, folder);
    GatewayConfig moved = GatewayConfig.parse("# a comment\n" + hocon, folder);
    assertThat(moved).isNotEqualTo(before);
    assertThat(Settings.same(moved, before)).isTrue();
    GatewayConfig changed =
        GatewayConfig.parse(hocon.replace("{ file = a.key }", "{ env = T }"), folder);
    assertThat(Settings.same(changed, before)).isFalse();
  }
}
