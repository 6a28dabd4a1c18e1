package sallyport.config.certificate;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.ConfigLocation;

/** Place of a certificate chain and its private key. */
public sealed interface CertificateConfig {
  /** Tells it apart from others, to people and in metrics: a file of the chain, mostly. */
  String label();

  /** Every file that it is opened from. */
  List<Path> files();

  /** Where the configuration names the chain, or what holds it. */
  ConfigLocation chainLocation();

  /** Where the configuration names the key, or what holds it. */
  ConfigLocation keyLocation();

  /**
   * Two PEM files that exist.
   *
   * @param chain the leaf first, then the intermediates
   * @param key PKCS#8 or a traditional EC or RSA key
   * @param passphrase of an encrypted PKCS#8 key; null for a plain one
   */
  record Pem(
      Path chain,
      ConfigLocation chainLocation,
      Path key,
      ConfigLocation keyLocation,
      @Nullable SecretConfig passphrase)
      implements CertificateConfig {
    @Override
    public String label() {
      return chain.toString();
    }

    @Override
    public List<Path> files() {
      return SecretConfig.filesWith(passphrase, chain, key);
    }
  }

  /**
   * A PKCS#12 file that exists.
   *
   * @param alias of the entry; null for the only one with a key
   */
  record Pkcs12(Path file, ConfigLocation location, @Nullable String alias, SecretConfig passphrase)
      implements CertificateConfig {
    @Override
    public String label() {
      return file.toString();
    }

    @Override
    public List<Path> files() {
      return SecretConfig.filesWith(passphrase, file);
    }

    @Override
    public ConfigLocation chainLocation() {
      return location;
    }

    @Override
    public ConfigLocation keyLocation() {
      return location;
    }
  }

  /**
   * A chain in a PEM file that exists, and its key in a token that it does not leave.
   *
   * @param module the PKCS#11 library of the token's maker; it exists
   * @param token the token's label
   * @param key the label of the key, and of its certificate in the token
   * @param pin what the token demands
   * @param keyLocation where the configuration names the token
   */
  record Pkcs11(
      Path chain,
      ConfigLocation chainLocation,
      Path module,
      String token,
      String key,
      SecretConfig pin,
      ConfigLocation keyLocation)
      implements CertificateConfig {
    @Override
    public String label() {
      return chain.toString();
    }

    @Override
    public List<Path> files() {
      return SecretConfig.filesWith(pin, chain);
    }
  }

  /**
   * Certificate that an ACME authority issues (RFC 8555); it is renewed automatically. What was
   * issued is kept in one file, the key encrypted and the chain with it, so that there is never
   * half a pair.
   *
   * @param purpose whom it is shown to
   * @param names DNS names, lower case; at least one
   * @param location where the configuration names the account
   */
  record Acme(
      AcmeConfig account, Purpose purpose, List<String> names, Keys keys, ConfigLocation location)
      implements CertificateConfig {
    /** Peers that it is shown to. */
    public enum Purpose {
      /** Clients, of a listener. */
      LISTENER,
      /** A backend. */
      BACKEND
    }

    /** Kind of its key. */
    public enum Keys {
      /** An elliptic curve, P-256. */
      EC,
      /** RSA, 2048 bits. */
      RSA
    }

    /** Where it is once it was issued. */
    public Path file() {
      String kind = keys.name().toLowerCase(Locale.ROOT);
      String end =
          switch (purpose) {
            case LISTENER -> ".pem";
            case BACKEND -> "-client.pem";
          };
      return account.folder().resolve(names.getFirst() + "-" + kind + end);
    }

    /** What was issued, as a certificate like any other. */
    public Pem issued() {
      return in(file());
    }

    /** The same in another file, not yet in its place. */
    public Pem in(Path file) {
      return new Pem(file, location, file, location, account.passphrase());
    }

    @Override
    public String label() {
      return file().toString();
    }

    @Override
    public List<Path> files() {
      return issued().files();
    }

    @Override
    public ConfigLocation chainLocation() {
      return location;
    }

    @Override
    public ConfigLocation keyLocation() {
      return location;
    }
  }
}
