package sallyport.config.certificate;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import sallyport.config.read.ConfigReader;

/** Reader of the place of a certificate and its key. */
public final class CertificateReader {
  private static final String PASSPHRASE = "passphrase";

  /** A DNS name of letters, digits and hyphens, with at least one dot or none (localhost). */
  private static final Pattern HOST =
      Pattern.compile(
          "(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

  private static final int MAX_NAMES = 100;

  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

  private CertificateReader() {}

  /**
   * One that the gateway shows.
   *
   * @param purpose whom it is shown to
   * @param accounts by name, for certificates from ACME authorities
   */
  public static CertificateConfig read(
      ConfigReader in, CertificateConfig.Acme.Purpose purpose, Map<String, AcmeConfig> accounts) {
    if (!in.has("acme")) {
      return read(in);
    }
    String name = in.string("acme");
    AcmeConfig account = accounts.get(name);
    if (account == null && !name.isEmpty()) {
      in.problem("acme", "there is no account '" + name + "' below gateway.acme");
    }
    Map<String, CertificateConfig.Acme.Keys> kinds = new LinkedHashMap<>();
    kinds.put("ec", CertificateConfig.Acme.Keys.EC);
    kinds.put("rsa", CertificateConfig.Acme.Keys.RSA);
    CertificateConfig.Acme.Keys keys =
        in.has("key-type") ? in.choice("key-type", kinds) : CertificateConfig.Acme.Keys.EC;
    List<String> names = names(in);
    in.finish();
    return account == null || names.isEmpty()
        ? standIn(in)
        : new CertificateConfig.Acme(account, purpose, names, keys, in.location("acme"));
  }

  private static List<String> names(ConfigReader in) {
    Set<String> names = new LinkedHashSet<>();
    List<String> texts = in.strings("names");
    for (String text : texts) {
      String name = text.toLowerCase(Locale.ROOT);
      if (name.startsWith("*.")) {
        in.problem(
            "names",
            "'" + text + "': authorities prove a wildcard by DNS alone; write each name instead");
      } else if (!HOST.matcher(name).matches()) {
        in.problem("names", "'" + text + "' is not a DNS name (in letters of ASCII)");
      } else if (!names.add(name)) {
        in.problem("names", "'" + text + "' stands there twice");
      }
    }
    if (in.has("names") && (texts.isEmpty() || texts.size() > MAX_NAMES)) {
      in.problem("names", "needs 1 to " + MAX_NAMES + " names");
    }
    return List.copyOf(names);
  }

  private static CertificateConfig read(ConfigReader in) {
    CertificateConfig certificate;
    if (in.has("pkcs12")) {
      certificate = pkcs12(in);
    } else if (in.has("pkcs11")) {
      certificate = pkcs11(in, in.section("pkcs11"));
    } else {
      certificate = pem(in);
    }
    in.finish();
    return certificate;
  }

  /** Where there is a problem already. */
  private static CertificateConfig standIn(ConfigReader in) {
    Path none = Path.of("");
    return new CertificateConfig.Pem(none, in.location(), none, in.location(), null);
  }

  private static CertificateConfig pem(ConfigReader in) {
    return new CertificateConfig.Pem(
        in.file("chain"),
        in.location("chain"),
        in.file("key"),
        in.location("key"),
        in.has(PASSPHRASE) ? secret(in.section(PASSPHRASE)) : null);
  }

  private static CertificateConfig pkcs12(ConfigReader in) {
    return new CertificateConfig.Pkcs12(
        in.file("pkcs12"),
        in.location("pkcs12"),
        in.optionalString("alias"),
        secret(in.section(PASSPHRASE)));
  }

  private static CertificateConfig pkcs11(ConfigReader in, ConfigReader token) {
    CertificateConfig certificate =
        new CertificateConfig.Pkcs11(
            in.file("chain"),
            in.location("chain"),
            token.file("module"),
            token.string("token"),
            token.string("key"),
            secret(token.section("pin")),
            in.location("pkcs11"));
    token.finish();
    return certificate;
  }

  /** Exactly one of three places. */
  public static SecretConfig secret(ConfigReader in) {
    boolean env = in.has("env");
    boolean file = in.has("file");
    boolean command = in.has("command");
    SecretConfig secret = new SecretConfig.Environment("", in.location());
    if ((env ? 1 : 0) + (file ? 1 : 0) + (command ? 1 : 0) != 1) {
      in.problem("env", "needs exactly one of env, file and command");
    } else if (env) {
      String name = in.string("env");
      if (!VARIABLE.matcher(name).matches()) {
        // It may be the secret.
        in.problem("env", "must be the name of an environment variable; what it is is not shown");
      } else {
        secret = new SecretConfig.Environment(name, in.location("env"));
      }
    } else if (file) {
      secret = new SecretConfig.File(in.file("file"), in.location("file"));
    } else {
      List<String> line = in.strings("command");
      if (line.isEmpty()) {
        in.problem("command", "needs a program");
      } else {
        secret = new SecretConfig.Command(List.copyOf(line), in.location("command"));
      }
    }
    in.finish();
    return secret;
  }
}
