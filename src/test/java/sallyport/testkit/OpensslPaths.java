package sallyport.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import sallyport.tools.pki.Identity;

/**
 * Chains with whatever extensions a test wants, made by OpenSSL, and what OpenSSL itself makes of
 * them, as nginx does. Files are {@code NAME.pem} and {@code NAME.key} in the folder.
 */
public final class OpensslPaths {
  private static final String CA = "basicConstraints=critical,CA:TRUE";

  private final Path folder;

  public OpensslPaths(Path folder) {
    this.folder = folder;
  }

  /** A root; {@code more} are its extensions, the first of which may replace that of a CA. */
  public X509Certificate root(String name, String... more) throws Exception {
    return root(30, name, more);
  }

  /** A root for so many days; for 0 it has expired. */
  public X509Certificate root(int days, String name, String... more) throws Exception {
    key(name);
    if (days == 0) {
      // openssl req has no date of its own for the beginning.
      return sign(name, "/CN=" + name, "-signkey " + name + ".key", "-days -1", authority(more));
    }
    run(
        "openssl req -x509 -new -key %s.key -out %s.pem -days %d -subj /CN=%s -config empty.cnf"
            .formatted(name, name, days, name),
        authority(more));
    return read(name);
  }

  /** An authority below another one. */
  public X509Certificate authority(String name, String issuer, String... more) throws Exception {
    return sign(name, "/CN=" + name, issuer, authority(more));
  }

  /** The same, which has expired. */
  public X509Certificate expiredAuthority(String name, String issuer) throws Exception {
    return sign(
        name,
        "/CN=" + name,
        "-CA %s.pem -CAkey %s.key -CAcreateserial".formatted(issuer, issuer),
        "-days -1",
        authority());
  }

  /** A leaf; {@code more} are its extensions. */
  public X509Certificate leaf(String name, String subject, String issuer, String... more)
      throws Exception {
    return sign(name, subject, issuer, List.of(more));
  }

  /** The same certificate with its key, and those that stand above it. */
  public Identity identity(String name, X509Certificate... above) throws Exception {
    run("openssl pkcs8 -topk8 -nocrypt -in %s.key -outform DER -out %s.der".formatted(name, name));
    PrivateKey key =
        KeyFactory.getInstance("EC")
            .generatePrivate(
                new PKCS8EncodedKeySpec(Files.readAllBytes(folder.resolve(name + ".der"))));
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(read(name));
    chain.addAll(List.of(above));
    return new Identity(key, chain);
  }

  /** Whether OpenSSL accepts the leaf below the root, with these between. */
  public boolean accepts(String options, String root, String leaf, String... between)
      throws Exception {
    StringBuilder untrusted = new StringBuilder();
    for (String each : between) {
      untrusted.append(Files.readString(folder.resolve(each + ".pem")));
    }
    Files.writeString(folder.resolve("untrusted.pem"), untrusted);
    String command =
        "openssl verify -partial_chain %s -CAfile %s.pem %s %s.pem"
            .formatted(options, root, between.length == 0 ? "" : "-untrusted untrusted.pem", leaf);
    return run(command + " >verified 2>&1 && echo yes || echo no").strip().equals("yes");
  }

  private static List<String> authority(String... more) {
    List<String> extensions = new ArrayList<>(List.of(more));
    if (extensions.stream().noneMatch(each -> each.startsWith("basicConstraints"))) {
      extensions.add(CA);
    }
    return extensions;
  }

  private X509Certificate sign(String name, String subject, String issuer, List<String> extensions)
      throws Exception {
    return sign(
        name,
        subject,
        "-CA %s.pem -CAkey %s.key -CAcreateserial".formatted(issuer, issuer),
        "-days 20",
        extensions);
  }

  private X509Certificate sign(
      String name, String subject, String signer, String days, List<String> extensions)
      throws Exception {
    key(name);
    run(
        "openssl req -new -key %s.key -out %s.csr -subj %s -config empty.cnf"
            .formatted(name, name, subject));
    Files.writeString(folder.resolve("ext.cnf"), String.join("\n", extensions) + "\n");
    run(
        "openssl x509 -req -in %s.csr %s %s -extfile ext.cnf -out %s.pem 2>/dev/null"
            .formatted(name, signer, days, name));
    return read(name);
  }

  private void key(String name) throws Exception {
    Files.writeString(
        folder.resolve("empty.cnf"), "[req]\ndistinguished_name=n\n[n]\ncommonName=x\n");
    if (!Files.exists(folder.resolve(name + ".key"))) {
      run("openssl ecparam -name prime256v1 -genkey -noout -out %s.key".formatted(name));
    }
  }

  private X509Certificate read(String name) throws IOException, GeneralSecurityException {
    try (var in = Files.newInputStream(folder.resolve(name + ".pem"))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private void run(String command, List<String> extensions) throws Exception {
    StringBuilder with = new StringBuilder(command);
    extensions.forEach(each -> with.append(" -addext '").append(each).append('\''));
    run(with.toString());
  }

  private String run(String command) throws Exception {
    return PageCommands.run(folder, command);
  }
}
