package sallyport.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import sallyport.tools.pki.Identity;

/**
 * An authority that is not written in Java and can take back what it has issued: the {@code ca} of
 * OpenSSL, in a folder of its own.
 */
public final class OpensslCa {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private static final String CONFIG =
      """
      [ca]
      default_ca = this
      [this]
      database = index.txt
      new_certs_dir = .
      serial = serial
      crlnumber = crlnumber
      certificate = ca.pem
      private_key = ca.key
      default_md = sha256
      default_days = 30
      policy = any
      unique_subject = no
      [any]
      commonName = supplied
      [crl]
      authorityKeyIdentifier = keyid
      [authority]
      basicConstraints = critical, CA:true
      keyUsage = critical, keyCertSign, cRLSign
      subjectKeyIdentifier = hash
      authorityKeyIdentifier = keyid
      """;

  private final Path folder;

  /** What stands between what this issues and the root. */
  private final List<X509Certificate> chain;

  private OpensslCa(Path folder, List<X509Certificate> chain) {
    this.folder = folder;
    this.chain = chain;
  }

  /** A root of this name, in a folder that is made. */
  public static OpensslCa create(Path folder, String name) throws Exception {
    prepare(folder);
    OpensslCa ca = new OpensslCa(folder, List.of());
    ca.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key"
            + " -out ca.pem -days 30 -subj /CN="
            + name
            + " -config ca.cnf -extensions authority");
    return ca;
  }

  private static void prepare(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("ca.cnf"),
        CONFIG + "[req]\ndistinguished_name = name\n[name]\ncommonName = x\n");
    Files.writeString(folder.resolve("index.txt"), "");
    Files.writeString(folder.resolve("serial"), "1000\n");
    Files.writeString(folder.resolve("crlnumber"), "01\n");
  }

  /** An authority below this one. */
  public OpensslCa below(Path otherFolder, String name) throws Exception {
    prepare(otherFolder);
    Identity identity =
        issue(
            name,
            "basicConstraints = critical, CA:true",
            "keyUsage = critical, keyCertSign, cRLSign",
            "subjectKeyIdentifier = hash",
            "authorityKeyIdentifier = keyid");
    identity.write(otherFolder.resolve("chain.pem"), otherFolder.resolve("ca.key"));
    Identity.writeCertificates(otherFolder.resolve("ca.pem"), List.of(identity.certificate()));
    return new OpensslCa(otherFolder, identity.chain());
  }

  /** The certificate of the authority. */
  public Path certificate() {
    return folder.resolve("ca.pem");
  }

  /** For a user. */
  public Identity issueUser(String name, String... more) throws Exception {
    return issue(name, with("extendedKeyUsage = clientAuth", more));
  }

  /** For a server of these names. */
  public Identity issueServer(String names, String... more) throws Exception {
    return issue("server", with("extendedKeyUsage = serverAuth\nsubjectAltName = " + names, more));
  }

  private static String[] with(String line, String... more) {
    List<String> lines = new ArrayList<>();
    lines.add("keyUsage = critical, digitalSignature");
    lines.add("subjectKeyIdentifier = hash");
    lines.add("authorityKeyIdentifier = keyid");
    lines.add(line);
    lines.addAll(List.of(more));
    return lines.toArray(String[]::new);
  }

  /** A certificate with these extensions, as OpenSSL writes them. */
  public Identity issue(String name, String... extensions) throws Exception {
    String serial = Files.readString(folder.resolve("serial")).strip();
    Files.writeString(folder.resolve("ext.cnf"), String.join("\n", extensions) + "\n");
    run(
        "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key"
            + " -out leaf.csr -config ca.cnf -subj /CN="
            + name);
    run(
        "openssl ca -batch -config ca.cnf -in leaf.csr -notext -extfile ext.cnf -startdate "
            + TIME.format(Instant.now().minusSeconds(3600)));
    run("openssl pkcs8 -topk8 -nocrypt -in leaf.key -outform DER -out leaf.der");
    List<X509Certificate> certificates = new ArrayList<>();
    certificates.add(read(folder.resolve(serial + ".pem")));
    certificates.addAll(chain);
    return new Identity(readKey(folder.resolve("leaf.der")), List.copyOf(certificates));
  }

  private static X509Certificate read(Path file) throws IOException, GeneralSecurityException {
    try (var in = Files.newInputStream(file)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static PrivateKey readKey(Path file) throws IOException, GeneralSecurityException {
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(file)));
  }

  /** Takes back what was issued; says so in lists and answers from now on. */
  public void revoke(Identity identity) throws Exception {
    revoke(identity.certificate());
  }

  /** Takes back a certificate that this has issued. */
  public void revoke(X509Certificate certificate) throws Exception {
    run(
        "openssl ca -config ca.cnf -crl_reason keyCompromise -revoke "
            + certificate.getSerialNumber().toString(16).toUpperCase(Locale.ROOT)
            + ".pem");
  }

  /** The next list of what was taken back, current for an hour. */
  public void list(Path to) throws Exception {
    Instant now = Instant.now();
    list(to, now.minusSeconds(60), now.plusSeconds(3600));
  }

  /** The next list of what was taken back, with a number and the identifier of its key. */
  public void list(Path to, Instant from, Instant until) throws Exception {
    list(to, from, until, "-crlexts crl");
  }

  /**
   * The next list of what was taken back.
   *
   * @param more of OpenSSL's options
   */
  public void list(Path to, Instant from, Instant until, String more) throws Exception {
    run(
        "openssl ca -config ca.cnf -gencrl -crl_lastupdate %s -crl_nextupdate %s %s -out crl.new"
            .formatted(TIME.format(from), TIME.format(until), more));
    // Whole or not at all: it may be read while it is written.
    Files.move(
        folder.resolve("crl.new"),
        to,
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
  }

  /** Answers what was revoked; the answers are good for two hours. */
  public OcspResponder respond() throws IOException {
    return respond("ca.pem", "ca.key");
  }

  /** Answers that this certificate's key signs; the files are in the folder. */
  public OcspResponder respond(String signer, String key) throws IOException {
    return OcspResponder.start(
        this,
        "openssl ocsp -index index.txt -CA ca.pem -rsigner %s -rkey %s -nmin 120"
            .formatted(signer, key));
  }

  /** Runs a command in the folder; fails where it does. */
  public String run(String command) throws IOException, InterruptedException {
    return PageCommands.run(folder, command);
  }

  public Path folder() {
    return folder;
  }
}
