package sallyport.net.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostsFileTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private List<String> addresses(String text, String name) throws IOException {
    Path file = Files.writeString(folder.resolve("hosts"), text);
    return new HostsFile(file).addresses(name).stream().map(InetAddress::getHostAddress).toList();
  }

  @Test
  void aNameHasTheAddressesOfItsLines() throws IOException {
    String text =
        """
        # 10.0.0.9 imaging
        10.0.0.1\tImaging imaging.clinic # the old one
        10.0.0.2 other
        2001:db8::1 x imaging
        10.0.0.1 imaging
        nonsense imaging
        imaging
        """;
    assertThat(addresses(text, "imaging")).containsExactly("10.0.0.1", "2001:db8:0:0:0:0:0:1");
    assertThat(addresses(text, "imaging.clinic.")).containsExactly("10.0.0.1");
    assertThat(addresses(text, "nonsense")).isEmpty();
  }

  @Test
  void localhostIsThisMachineWhateverTheFileSays() throws IOException {
    assertThat(addresses("", "localhost")).containsExactly("127.0.0.1", "0:0:0:0:0:0:0:1");
    assertThat(addresses("127.0.0.1 localhost", "localhost")).containsExactly("127.0.0.1");
    assertThat(new HostsFile(folder.resolve("none")).addresses("localhost")).hasSize(2);
    assertThat(new HostsFile(folder.resolve("none")).addresses("imaging")).isEmpty();
  }
}
