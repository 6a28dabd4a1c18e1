package sallyport.credentials.keys;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.certificates.CertificateRules;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.sources.KeyFile;
import sallyport.credentials.sources.Pem;
import sallyport.credentials.sources.UnusableFile;

/**
 * Certificate and key of an operator, by which a gateway knows who gives an order. The same rules
 * hold as for those of a gateway: only the owner of the file may read the key.
 *
 * @param chain the certificate first, then those of authorities
 */
public record OperatorKey(PrivateKey key, List<X509Certificate> chain) {
  /**
   * Reads both from PEM files.
   *
   * @throws UnusableFile when one cannot be used, or one does not fit the other
   */
  public static OperatorKey read(Path chainFile, Path keyFile, Instant now) throws UnusableFile {
    List<X509Certificate> chain = Certificates.readChain(chainFile);
    List<String> problems = CertificateRules.problems(chain, Role.CLIENT, now);
    if (!problems.isEmpty()) {
      throw new UnusableFile("'" + chainFile + "': " + String.join("; ", problems));
    }
    String looseness = KeyFile.looseness(keyFile, /* groupMayRead= */ false);
    if (looseness != null) {
      throw new UnusableFile(looseness);
    }
    refuseEncrypted(keyFile);
    PrivateKey key = PrivateKeys.read(keyFile, /* passphrase= */ null);
    @Nullable String misfit = CertificateRules.keyProblem(key, chain.getFirst());
    if (misfit != null) {
      throw new UnusableFile("'%s' and '%s': %s".formatted(chainFile, keyFile, misfit));
    }
    return new OperatorKey(key, chain);
  }

  /** A command has no place for a passphrase. */
  private static void refuseEncrypted(Path file) throws UnusableFile {
    byte[] content = KeyFile.read(file);
    List<Pem.Block> blocks = List.of();
    try {
      blocks = Pem.blocks(file, content);
      for (Pem.Block block : blocks) {
        if (block.legacyEncryption() || block.type().startsWith("ENCRYPTED")) {
          throw new UnusableFile(
              "'%s' is encrypted, which this command cannot read: decrypt it by openssl pkey, to a file of mode 600"
                  .formatted(file));
        }
      }
    } finally {
      Arrays.fill(content, (byte) 0);
      blocks.forEach(Pem.Block::wipe);
    }
  }
}
