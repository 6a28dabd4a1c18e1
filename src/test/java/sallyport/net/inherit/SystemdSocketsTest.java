package sallyport.net.inherit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which descriptors a process takes over by what systemd says. */
class SystemdSocketsTest {
  private static final long PROCESS = 4711;

  private final List<String> opened = new ArrayList<>();

  private InheritedSocket open(String name, int descriptor) {
    opened.add(name + "=" + descriptor);
    return new InheritedSocket(
        name,
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), descriptor),
        new FileDescriptor(descriptor),
        "");
  }

  /**
   * @param environment names, and each one's value behind it
   */
  private List<String> passed(String... environment) throws IOException {
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < environment.length; i += 2) {
      variables.put(environment[i], environment[i + 1]);
    }
    SystemdSockets.of(variables, PROCESS, this::open);
    return opened;
  }

  @Test
  void descriptorsBeginAtThreeAndHaveTheirNames() throws IOException {
    assertThat(passed("LISTEN_FDS", "2", "LISTEN_PID", "4711", "LISTEN_FDNAMES", "http:https"))
        .containsExactly("http=3", "https=4");
  }

  @ParameterizedTest
  @CsvSource({"'',unknown=3 unknown=4", "http,http=3 unknown=4", ":https,unknown=3 https=4"})
  void namesMayBeMissing(String names, String expected) throws IOException {
    assertThat(passed("LISTEN_FDS", "2", "LISTEN_PID", "4711", "LISTEN_FDNAMES", names))
        .containsExactly(expected.split(" "));
  }

  @Test
  void thoseOfAnotherProcessAreNotTouched() throws IOException {
    assertThat(passed("LISTEN_FDS", "1", "LISTEN_PID", "4710")).isEmpty();
  }

  @Test
  void withoutTheirOwnerOrTheirNumberThereAreNone() throws IOException {
    assertThat(passed("LISTEN_FDS", "1")).isEmpty();
    assertThat(passed("LISTEN_PID", "4711")).isEmpty();
    assertThat(passed("LISTEN_FDS", "0", "LISTEN_PID", "4711")).isEmpty();
    assertThat(passed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "-1", "1025", "99999999999"})
  void aNumberThatIsNoneIsAnError(String count) {
    assertThatThrownBy(() -> passed("LISTEN_FDS", count, "LISTEN_PID", "4711"))
        .hasMessage("LISTEN_FDS must be a number of sockets up to 1024, is '" + count + "'");
  }

  @Test
  void anUnusableOneIsNamed() {
    assertThatThrownBy(
            () ->
                SystemdSockets.of(
                    Map.of("LISTEN_FDS", "1", "LISTEN_PID", "4711", "LISTEN_FDNAMES", "web"),
                    PROCESS,
                    (name, descriptor) -> {
                      throw new IOException("does not listen");
                    }))
        .hasMessage("descriptor 3 of LISTEN_FDS, 'web', does not listen");
  }
}
