package sallyport.net.names;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Settings of resolv.conf(5).
 *
 * @param servers at least one
 * @param search domains that are tried with names that have few dots
 * @param dots of a name that is tried as it is first
 */
record ResolvConf(List<InetSocketAddress> servers, List<String> search, int dots) {
  private static final Path SYSTEM = Path.of("/etc/resolv.conf");
  private static final int PORT = 53;
  private static final String NDOTS = "ndots:";

  /** Returns those of the operating system; the server of this machine where there are none. */
  static ResolvConf ofSystem() {
    try {
      return parse(Files.readAllLines(SYSTEM, StandardCharsets.ISO_8859_1));
    } catch (IOException none) {
      return parse(List.of());
    }
  }

  /** Parses the lines of a file. What is not known is passed over, as resolvers do. */
  static ResolvConf parse(List<String> lines) {
    List<InetSocketAddress> servers = new ArrayList<>();
    List<String> search = List.of();
    int dots = 1;
    for (String line : lines) {
      String[] words = line.split("[#;]", 2)[0].strip().split("\\s+", -1);
      List<String> values = Arrays.asList(words).subList(1, words.length);
      switch (words[0]) {
        case "nameserver" -> values.stream().limit(1).forEach(value -> add(value, servers));
        case "search", "domain" ->
            search = values.stream().filter(domain -> !domain.equals(".")).toList();
        case "options" -> dots = dots(values, dots);
        default -> {}
      }
    }
    if (servers.isEmpty()) {
      servers.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
    }
    return new ResolvConf(List.copyOf(servers), search, dots);
  }

  private static void add(String server, List<InetSocketAddress> servers) {
    try {
      servers.add(new InetSocketAddress(InetAddress.ofLiteral(server), PORT));
    } catch (IllegalArgumentException noAddress) {
      // The others may do.
    }
  }

  private static int dots(List<String> options, int known) {
    int dots = known;
    for (String option : options) {
      if (option.matches(NDOTS + "[0-9]{1,4}")) {
        dots = Math.min(15, Integer.parseInt(option.substring(NDOTS.length())));
      }
    }
    return dots;
  }

  /** Returns the whole names that a name may stand for, in the order in which they are tried. */
  List<String> candidates(String name) {
    if (name.endsWith(".")) {
      return List.of(name);
    }
    List<String> candidates = new ArrayList<>();
    search.forEach(domain -> candidates.add(name + "." + domain));
    boolean first = name.chars().filter(octet -> octet == '.').count() >= dots;
    candidates.add(first ? 0 : candidates.size(), name);
    return List.copyOf(candidates);
  }
}
