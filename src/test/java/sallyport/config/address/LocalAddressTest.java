package sallyport.config.address;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.address.LocalAddress.Loopback;
import sallyport.config.address.LocalAddress.UnixSocket;

class LocalAddressTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:80,127.0.0.1,80",
    "127.0.0.1:0,127.0.0.1,0",
    "127.255.255.254:65535,127.255.255.254,65535",
    "127.1.2.3:8080,127.1.2.3,8080",
    "[::1]:80,::1,80",
    "[0:0:0:0:0:0:0:1]:80,::1,80",
    "[0000:0000::0001]:80,::1,80",
  })
  void takesLiteralLoopbackAddresses(String text, String host, int port) {
    assertEquals(new Loopback(host, port), LocalAddress.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:80", "[::1]:80", "unix:/run/tomcat.sock"})
  void writesAnAddressAsItIsRead(String text) {
    assertEquals(text, LocalAddress.parse(text).toString());
  }

  @Test
  void takesAbsolutePathsOfUnixSockets() {
    assertEquals(
        new UnixSocket(Path.of("/run/a b:c.sock")), LocalAddress.parse("unix:/run/a b:c.sock"));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:80,is a name",
    "LOCALHOST:80,is a name",
    "localhost.:80,is a name",
    "ip6-localhost:80,is a name",
    "legacy.internal:80,is a name",
    "127.0.0.1.nip.io:80,is a name",
    "127.0.0.1 :80,is a name",
    "127.0.0.1%lo:80,is a name",
    "１２７.0.0.1:80,is a name",
    "[::ffff:127.0.0.1]:80,is an IPv4 address in the form of IPv6",
    "[::ffff:7f00:1]:80,is an IPv4 address in the form of IPv6",
    "[::127.0.0.1]:80,has an IPv4 address in it",
    "[::0.0.0.1]:80,has an IPv4 address in it",
    "0.0.0.0:80,stands for all addresses",
    "[::]:80,stands for all addresses",
    "*:80,is a name",
    "127.1:80,is not four decimal numbers",
    "127:80,is not four decimal numbers",
    "127.0.1:80,is not four decimal numbers",
    "2130706433:80,is not four decimal numbers",
    "0x7f000001:80,is not four decimal numbers",
    "0x7f.0.0.1:80,is not four decimal numbers",
    "0177.0.0.1:80,is not four decimal numbers",
    "127.0.0.01:80,is not four decimal numbers",
    "127.0.0.1.:80,is not four decimal numbers",
    "127.0.0.256:80,is not an address",
    "10.0.0.9:80,is an address of a network",
    "126.255.255.255:80,is an address of a network",
    "128.0.0.1:80,is an address of a network",
    "169.254.1.1:80,is an address of a network",
    "[fe80::1]:80,is an address of a network",
    "[::2]:80,is an address of a network",
    "[::1%lo]:80,has a scope",
    "[fe80::1%eth0]:80,has a scope",
    "[127.0.0.1]:80,is not an IPv6 address",
    "[1::1::1]:80,is not an IPv6 address",
    "[localhost]:80,is not an IPv6 address",
    "::1:80,is not an address with a port",
    "127.0.0.1/8:80,is not an address with a port",
    "http://127.0.0.1:80,is not an address with a port",
    "srv:_http._tcp.localhost,must be",
    "127.0.0.1,must be",
    "127.0.0.1:,must be",
    "127.0.0.1:65536,must be",
    "127.0.0.1:+80,must be",
    "127.0.0.1:080,must be",
    "127.0.0.1:٨٠,must be",
    ":80,must be",
    "'',must be",
  })
  void refusesEverythingElseWithItsReason(String text, String reason) {
    String message = refusal(text);
    assertTrue(message.contains(reason), message);
    assertTrue(message.contains("127.0.0.1:PORT, [::1]:PORT or unix:/PATH"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unix:",
        "unix:/",
        "unix:run/tomcat.sock",
        "unix:@abstract",
        "unix:/run/../tmp/tomcat.sock",
        "unix:/run/./tomcat.sock",
        "unix:/run/\0tomcat.sock",
        "unix:/run/\ntomcat.sock",
        "unix:~/tomcat.sock",
      })
  void refusesPathsThatAreNotPlainAndAbsolute(String text) {
    String message = refusal(text);
    assertTrue(message.contains("absolute path without . and .."), message);
  }

  @Test
  void countsThePathOfAUnixSocketInOctets() {
    String path = "/" + "ä".repeat(49);
    assertEquals(new UnixSocket(Path.of(path + "a")), LocalAddress.parse("unix:" + path + "a"));
    assertTrue(refusal("unix:" + path + "ä").contains("at most 100 octets"));
  }

  private static String refusal(String text) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> LocalAddress.parse(text), text)
            .getMessage());
  }
}
