package sallyport.tools.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sallyport.tools.pki.CertificateRequest.Usage.CLIENT_AUTH;
import static sallyport.tools.pki.CertificateRequest.Usage.SERVER_AUTH;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CertificateAuthorityTest {
  private static final String SUBJECT_KEY = "2.5.29.14";
  private static final String AUTHORITY_KEY = "2.5.29.35";

  private final CertificateAuthority root = CertificateAuthority.create("root");

  @Test
  void aLeafIsValidUnderItsRoot() throws Exception {
    validate(root.issue(CertificateRequest.of("leaf")), root);
  }

  @Test
  void aLeafIsNotValidUnderAnotherRootOfTheSameName() {
    Identity leaf = root.issue(CertificateRequest.of("leaf"));
    assertThatThrownBy(() -> validate(leaf, CertificateAuthority.create("root")))
        .isInstanceOf(CertPathValidatorException.class);
  }

  @Test
  void anIntermediateGoesIntoTheChainAndTheRootDoesNot() throws Exception {
    CertificateAuthority between = root.intermediate("between", KeyKind.RSA_2048);
    Identity leaf = between.issue(CertificateRequest.of("leaf"));
    assertThat(leaf.chain()).hasSize(2).contains(between.certificate());
    validate(leaf, root);
  }

  @Test
  void aLeafCarriesTheNamesAndUsagesThatWereAskedFor() throws Exception {
    X509Certificate leaf =
        root.issue(
                CertificateRequest.of("leaf")
                    .dns("a.example", "*.b.example")
                    .ip("127.0.0.1", "::1")
                    .uri("spiffe://example/a")
                    .usage(SERVER_AUTH, CLIENT_AUTH))
            .certificate();
    assertThat(leaf.getSubjectAlternativeNames())
        .extracting(entry -> entry.get(1).toString())
        .containsExactly(
            "a.example", "*.b.example", "127.0.0.1", "0:0:0:0:0:0:0:1", "spiffe://example/a");
    assertThat(leaf.getExtendedKeyUsage())
        .containsExactly("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    assertThat(leaf.getSubjectX500Principal().getName()).contains("O=Sallyport development");
  }

  @Test
  void extensionsTellAnAuthorityFromALeaf() {
    X509Certificate leaf = root.issue(CertificateRequest.of("leaf")).certificate();
    assertThat(root.certificate().getBasicConstraints()).isNotNegative();
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(leaf.getCriticalExtensionOIDs()).contains("2.5.29.15", "2.5.29.19");
    assertThat(leaf.getKeyUsage()[0]).as("digitalSignature").isTrue();
    assertThat(leaf.getKeyUsage()[5]).as("keyCertSign").isFalse();
    assertThat(root.certificate().getKeyUsage()[5]).as("keyCertSign").isTrue();
    assertThat(leaf.getExtensionValue(SUBJECT_KEY)).isNotNull();
    // The authority's key identifier holds the bytes of the issuer's subject key identifier.
    byte[] issuer = root.certificate().getExtensionValue(SUBJECT_KEY);
    byte[] identifier = java.util.Arrays.copyOfRange(issuer, issuer.length - 20, issuer.length);
    assertThat(leaf.getExtensionValue(AUTHORITY_KEY)).containsSubsequence(identifier);
  }

  @Test
  void serialNumbersAreLongAndDiffer() {
    Set<java.math.BigInteger> serials = new java.util.HashSet<>();
    for (int i = 0; i < 20; i++) {
      serials.add(root.issue(CertificateRequest.of("leaf")).certificate().getSerialNumber());
    }
    assertThat(serials).hasSize(20).allMatch(serial -> serial.bitLength() == 127);
  }

  @Test
  void anExpiredLeafIsNotValid() {
    Instant now = Instant.now();
    Identity leaf =
        root.issue(
            CertificateRequest.of("leaf").valid(now.minusSeconds(7200), now.minusSeconds(60)));
    assertThatThrownBy(() -> validate(leaf, root)).hasMessageContaining("validity check failed");
  }

  @Test
  void theHashOfTheSignatureCanBeChosen() {
    Identity weak = root.issue(CertificateRequest.of("leaf").hash("SHA1"));
    assertThat(weak.certificate().getSigAlgName()).isEqualTo("SHA1withECDSA");
  }

  @ParameterizedTest
  @EnumSource(KeyKind.class)
  void everyKindOfKeyCanBeCertifiedAndWritten(KeyKind kind, @TempDir Path folder) throws Exception {
    Identity leaf = root.issue(CertificateRequest.of("leaf").key(kind));
    Path chain = folder.resolve("leaf.pem");
    Path key = folder.resolve("leaf.key");
    leaf.write(chain, key);
    leaf.certificate().verify(root.certificate().getPublicKey());
    assertThat(Files.readString(key)).startsWith("-----BEGIN PRIVATE KEY-----");
    try (var in = Files.newInputStream(chain)) {
      assertThat(CertificateFactory.getInstance("X.509").generateCertificates(in))
          .map(X509Certificate.class::cast)
          .isEqualTo(leaf.chain());
    }
  }

  @Test
  void aWrittenKeyIsThePrivateKeyOfTheCertificate(@TempDir Path folder) throws Exception {
    Identity leaf = root.issue(CertificateRequest.of("leaf").key(KeyKind.RSA_2048));
    leaf.write(folder.resolve("leaf.pem"), folder.resolve("leaf.key"));
    String text = Files.readString(folder.resolve("leaf.key")).replaceAll("-----.*-----|\\s", "");
    var key =
        (java.security.interfaces.RSAPrivateKey)
            KeyFactory.getInstance("RSA")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    assertThat(key.getModulus())
        .isEqualTo(((RSAPublicKey) leaf.certificate().getPublicKey()).getModulus());
  }

  @Test
  void aKeyFileIsForItsOwnerAloneEvenWhereAWiderOneStoodBefore(@TempDir Path folder)
      throws Exception {
    Path key = folder.resolve("leaf.key");
    Files.writeString(key, "old");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-rw-rw-"));
    root.issue(CertificateRequest.of("leaf")).writeKey(key);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(key);
    }
  }

  private static void validate(Identity leaf, CertificateAuthority authority) throws Exception {
    PKIXParameters parameters =
        new PKIXParameters(Set.of(new TrustAnchor(authority.certificate(), null)));
    parameters.setRevocationEnabled(false);
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(List.copyOf(leaf.chain())),
            parameters);
  }
}
