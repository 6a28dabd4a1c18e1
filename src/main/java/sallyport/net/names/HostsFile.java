package sallyport.net.names;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import sallyport.values.HostNames;

/**
 * Hosts file (hosts(5)), which is read at each question: it is small, and people change it.
 *
 * <p>Any thread.
 */
record HostsFile(Path path) {
  /** The one of the operating system. */
  static final HostsFile SYSTEM = new HostsFile(Path.of("/etc/hosts"));

  /** Addresses of {@code localhost}, which no server is asked for (RFC 6761 section 6.3). */
  private static final List<InetAddress> LOOPBACK =
      List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));

  /** Returns the addresses of a name, in the order of the file; none where it is not there. */
  List<InetAddress> addresses(String name) {
    String plain = HostNames.withoutRoot(name);
    List<InetAddress> written =
        lines().stream().flatMap(line -> address(line, plain)).distinct().toList();
    return written.isEmpty() && plain.equals("localhost") ? LOOPBACK : written;
  }

  private List<String> lines() {
    try {
      return Files.readAllLines(path, StandardCharsets.ISO_8859_1);
    } catch (IOException cannot) {
      return List.of();
    }
  }

  /** Returns the address of a line that has the name; none of another line. */
  private static Stream<InetAddress> address(String line, String name) {
    String[] words = line.split("#", 2)[0].strip().toLowerCase(Locale.ROOT).split("\\s+", -1);
    for (int i = 1; i < words.length; i++) {
      if (words[i].equals(name)) {
        try {
          return Stream.of(InetAddress.ofLiteral(words[0]));
        } catch (IllegalArgumentException noAddress) {
          return Stream.of();
        }
      }
    }
    return Stream.of();
  }
}
