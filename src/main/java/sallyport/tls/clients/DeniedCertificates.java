package sallyport.tls.clients;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.PeerNames;
import sallyport.config.tls.DenyListConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;

/**
 * Set of denied certificates, named by fingerprint, or by issuer and serial number, which together
 * name one (RFC 5280 section 4.1.2.2). Immutable.
 */
record DeniedCertificates(Set<String> fingerprints, Set<Serial> serials) {
  /** A certificate by who issued it. */
  record Serial(X500Principal issuer, BigInteger number) {}

  private static final Pattern SERIAL =
      Pattern.compile("serial:([0-9a-f:]+)\\s+issuer:(.+)", Pattern.CASE_INSENSITIVE);

  /**
   * Reads a file of lines {@code sha256:FINGERPRINT} and {@code serial:HEX issuer:NAME}; empty
   * lines and what follows a number sign at the start of a line are for people.
   *
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  static @Nullable DeniedCertificates read(DenyListConfig config, List<String> problems) {
    final int before = problems.size();
    List<String> lines;
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(Sources.bytes(config.file())))
              .toString();
      lines = text.lines().toList();
    } catch (UnusableFile unanswered) {
      problems.add(config.location().problem(String.valueOf(unanswered.getMessage())));
      return null;
    } catch (IOException unreadable) {
      problems.add(config.location().problem("'" + config.file() + "' cannot be read as text"));
      return null;
    }
    Set<String> fingerprints = new HashSet<>();
    Set<Serial> serials = new HashSet<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String fingerprint = PeerNames.parse(line, EnumSet.of(PeerNames.Kind.SHA256));
      Serial serial = serial(line);
      if (fingerprint != null) {
        fingerprints.add(fingerprint);
      } else if (serial != null) {
        serials.add(serial);
      } else {
        problems.add(problem(config, i + 1));
      }
    }
    return problems.size() > before
        ? null
        : new DeniedCertificates(Set.copyOf(fingerprints), Set.copyOf(serials));
  }

  private static String problem(DenyListConfig config, int line) {
    Path file = config.file();
    return config
        .location()
        .problem(
            "line "
                + line
                + " of '"
                + file
                + "' is neither sha256:FINGERPRINT nor serial:HEX issuer:NAME");
  }

  private static @Nullable Serial serial(String line) {
    Matcher parts = SERIAL.matcher(line);
    String hex = parts.matches() ? parts.group(1).replace(":", "").toLowerCase(Locale.ROOT) : "";
    if (hex.isEmpty()) {
      return null;
    }
    try {
      return new Serial(new X500Principal(parts.group(2)), new BigInteger(hex, 16));
    } catch (IllegalArgumentException noName) {
      return null;
    }
  }

  /** Whether one certificate of a chain is denied: a denied authority denies what it has issued. */
  boolean contains(X509Certificate[] chain) {
    if (isEmpty()) {
      return false;
    }
    for (X509Certificate certificate : chain) {
      if (fingerprints.contains("sha256:" + Certificates.fingerprint(certificate))
          || serials.contains(
              new Serial(certificate.getIssuerX500Principal(), certificate.getSerialNumber()))) {
        return true;
      }
    }
    return false;
  }

  private boolean isEmpty() {
    return fingerprints.isEmpty() && serials.isEmpty();
  }

  int size() {
    return fingerprints.size() + serials.size();
  }

  DeniedCertificates and(DeniedCertificates others) {
    Set<String> allFingerprints = new HashSet<>(fingerprints);
    allFingerprints.addAll(others.fingerprints);
    Set<Serial> allSerials = new HashSet<>(serials);
    allSerials.addAll(others.serials);
    return new DeniedCertificates(Set.copyOf(allFingerprints), Set.copyOf(allSerials));
  }
}
