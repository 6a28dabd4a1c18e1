package sallyport.config.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerUserTest {
  @Test
  void aNameStandsForItsNumber() {
    assertThat(PeerUser.of("root")).isEqualTo(new PeerUser.Named("root", 0));
    assertThat(PeerUser.of("nobody")).hasToString("nobody (65534)");
    assertThat(PeerUser.of("1234")).isEqualTo(new PeerUser.Named("1234", 1234));
    assertThat(PeerUser.of("4294967294")).hasToString("4294967294");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no-such-user-here", "-1", "01", "4294967296", "9999999999", "1 2"})
  void anUnknownUserIsRefused(String text) {
    assertThatThrownBy(() -> PeerUser.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'");
  }

  @Test
  void theUserOfTheGatewayIsThatOfItsFiles(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(PeerUser.own()).isEqualTo(Files.getAttribute(file, "unix:uid"));
    assertThat(PeerUser.id(Files.getOwner(file))).isEqualTo(PeerUser.own());
  }

  @Test
  void withoutASettingItIsTheGatewaysUserOrRoot() {
    PeerUser own = new PeerUser.Own();
    assertThat(own.permits(1000, 1000)).isTrue();
    assertThat(own.permits(0, 1000)).isTrue();
    assertThat(own.permits(1001, 1000)).isFalse();
  }

  @Test
  void aNamedUserIsTheOnlyOne() {
    PeerUser named = new PeerUser.Named("tomcat", 1001);
    assertThat(named.permits(1001, 1000)).isTrue();
    assertThat(named.permits(1000, 1000)).isFalse();
    assertThat(named.permits(0, 1000)).isFalse();
  }
}
