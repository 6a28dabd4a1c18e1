package sallyport.config.certificate;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;

/** Reader of an account at an ACME authority. */
public final class AcmeReader {
  private AcmeReader() {}

  public static AcmeConfig read(String name, ConfigReader in) {
    Map<String, AcmeConfig.Challenge> challenges = new LinkedHashMap<>();
    for (AcmeConfig.Challenge challenge : AcmeConfig.Challenge.values()) {
      challenges.put(challenge.label(), challenge);
    }
    URI directory = directory(in);
    Path store = in.futureFolder("store");
    AcmeConfig account =
        new AcmeConfig(
            name,
            directory,
            contact(in),
            store.resolve(folderName(directory)),
            CertificateReader.secret(in.section("passphrase")),
            in.choice("challenge", challenges),
            in.has("trust") ? new TrustConfig(in.file("trust"), in.location("trust")) : null,
            externalAccount(in),
            renewal(in.section("renew")),
            in.location());
    if (!in.bool("terms-agreed")) {
      in.problem(
          "terms-agreed", "must be true, once you agree to the authority's terms of service");
    }
    in.finish();
    return account;
  }

  private static URI directory(ConfigReader in) {
    String text = in.string("directory");
    URI none = URI.create("https://invalid/");
    if (text.isEmpty()) {
      return none;
    }
    try {
      URI directory = new URI(text);
      if ("https".equals(directory.getScheme()) && directory.getHost() != null) {
        return directory;
      }
    } catch (URISyntaxException noUri) {
      // Said below.
    }
    in.problem("directory", "must be an https URL, is '" + text + "'");
    return none;
  }

  private static List<String> contact(ConfigReader in) {
    List<String> contact = in.strings("contact");
    for (String each : contact) {
      boolean sound = false;
      try {
        URI uri = new URI(each);
        String rest = uri.getSchemeSpecificPart();
        // One plain address (RFC 8555 section 7.3).
        sound = !"mailto".equals(uri.getScheme()) || !(rest.contains(",") || rest.contains("?"));
        sound &= uri.getScheme() != null;
      } catch (URISyntaxException noUri) {
        // Said below.
      }
      if (!sound) {
        in.problem("contact", "must be URIs such as mailto:ops@example.org, is '" + each + "'");
      }
    }
    return List.copyOf(contact);
  }

  private static AcmeConfig.@Nullable ExternalAccount externalAccount(ConfigReader all) {
    if (!all.has("external-account")) {
      return null;
    }
    ConfigReader in = all.section("external-account");
    String keyId = in.string("key-id");
    if (!keyId.matches("\\p{Print}*")) {
      in.problem(
          "key-id",
          "must be ASCII, as the authority gave it; the text is not shown, since it may be a"
              + " secret");
    }
    AcmeConfig.ExternalAccount account =
        new AcmeConfig.ExternalAccount(
            keyId, CertificateReader.secret(in.section("mac-key")), in.location("mac-key"));
    in.finish();
    return account;
  }

  private static AcmeConfig.Renewal renewal(ConfigReader in) {
    Limits limits = Limits.of(AcmeConfig.Renewal.class);
    Duration retryFirst = limits.duration("retry-first", in);
    AcmeConfig.Renewal renewal =
        new AcmeConfig.Renewal(
            in.fraction("lifetime-left", 0.05, 0.95),
            limits.duration("check", in),
            retryFirst,
            limits.duration("retry-longest", in));
    if (renewal.retryLongest().compareTo(retryFirst) < 0) {
      in.problem("retry-longest", "must not be less than retry-first");
    }
    in.finish();
    return renewal;
  }

  /** The directory's URL without its scheme, in letters that every file system takes. */
  private static String folderName(URI directory) {
    String host = directory.getHost().toLowerCase(Locale.ROOT);
    String port = directory.getPort() < 0 ? "" : "-" + directory.getPort();
    String path = directory.getPath() == null ? "" : directory.getPath();
    return (host + port + path).replaceAll("[^a-zA-Z0-9.-]+", "-").replaceAll("^[.-]+|[.-]+$", "");
  }
}
