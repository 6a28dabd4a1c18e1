package sallyport.credentials.keys;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bouncycastle.asn1.pkcs.Pfx;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.SecretConfig;
import sallyport.credentials.sources.KeyFile;
import sallyport.credentials.sources.Secret;
import sallyport.credentials.sources.UnusableFile;

/** PKCS#12 file (RFC 7292): a key and its chain in one, under one passphrase. */
final class KeyStoreFile {
  /** Content of an entry. */
  record Entry(PrivateKey key, List<X509Certificate> chain) {}

  private KeyStoreFile() {}

  /**
   * @param alias of the entry, or null for the only one
   */
  static Entry read(Path file, @Nullable String alias, SecretConfig passphrase)
      throws UnusableFile {
    byte[] content = KeyFile.read(file);
    try (Secret secret = Secret.read(passphrase)) {
      if (Pfx.getInstance(content).getMacData() == null) {
        // Nothing would tell a wrong passphrase, nor a file that was changed.
        throw new UnusableFile(
            "'" + file + "' is a PKCS#12 file without a MAC; make it anew without -nomac");
      }
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(content), secret.chars());
      String name = alias != null ? alias : onlyKey(file, store);
      Key key = store.getKey(name, secret.chars());
      if (!(key instanceof PrivateKey privateKey)) {
        throw new UnusableFile(
            "'"
                + file
                + "' has no private key with the alias that is written; keytool -list shows those"
                + " that it has");
      }
      List<X509Certificate> chain = new ArrayList<>();
      for (Certificate certificate : store.getCertificateChain(name)) {
        chain.add((X509Certificate) certificate);
      }
      return new Entry(privateKey, withoutRoot(chain));
    } catch (IOException wrong) {
      throw new UnusableFile(
          wrong.getCause() instanceof UnrecoverableKeyException
              ? "'" + file + "' does not open with the passphrase from " + passphrase.origin()
              : "'" + file + "' is not a PKCS#12 file");
    } catch (GeneralSecurityException | RuntimeException broken) {
      throw new UnusableFile("'" + file + "' is not a PKCS#12 file that can be used");
    }
  }

  private static String onlyKey(Path file, KeyStore store)
      throws GeneralSecurityException, UnusableFile {
    List<String> keys = new ArrayList<>();
    for (String alias : Collections.list(store.aliases())) {
      if (store.isKeyEntry(alias)) {
        keys.add(alias);
      }
    }
    if (keys.size() != 1) {
      throw new UnusableFile(
          keys.isEmpty()
              ? "'" + file + "' has no private key in it"
              : "'"
                  + file
                  + "' has several keys, so say which by alias: "
                  + String.join(", ", keys));
    }
    return keys.getFirst();
  }

  /**
   * Returns a chain without its root: peers have the root, or must not trust it because it was sent
   * (RFC 8446 section 4.4.2).
   */
  private static List<X509Certificate> withoutRoot(List<X509Certificate> chain) {
    X509Certificate last = chain.getLast();
    boolean root =
        chain.size() > 1 && last.getSubjectX500Principal().equals(last.getIssuerX500Principal());
    return List.copyOf(root ? chain.subList(0, chain.size() - 1) : chain);
  }
}
