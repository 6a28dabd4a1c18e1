package sallyport.config;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import sallyport.config.address.Addresses;
import sallyport.config.address.PeerNames;
import sallyport.config.read.ConfigReader;

/** Reader of {@code gateway.admin}. */
final class AdminReader {
  private AdminReader() {}

  static AdminConfig read(ConfigReader in) {
    AdminConfig admin = new AdminConfig(Addresses.bind(in, "bind"), hosts(in));
    in.finish();
    return admin;
  }

  private static Set<String> hosts(ConfigReader in) {
    Set<String> hosts = new LinkedHashSet<>();
    for (String written : in.strings("hosts")) {
      String name = written.toLowerCase(Locale.ROOT);
      name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
      if (PeerNames.HOST.matcher(name).matches()) {
        hosts.add(name);
      } else {
        in.problem(
            "hosts",
            "'"
                + written
                + "' is no host name; write one such as gateway-1.clinic.example, without"
                + " a port and without wildcards");
      }
    }
    return Set.copyOf(hosts);
  }
}
