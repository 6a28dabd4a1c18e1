package sallyport.tools.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DevelopmentPkiTest {
  @TempDir private Path temporary;

  @Test
  void aMissingFolderIsMadeAndFilled() throws IOException {
    Path folder = temporary.resolve("certs/dev");
    assertThat(DevelopmentPki.isComplete(folder)).isFalse();
    DevelopmentPki.create(folder);
    assertThat(DevelopmentPki.isComplete(folder)).isTrue();
    assertThat(contents(folder)).hasSize(11);
  }

  @ParameterizedTest
  @CsvSource({"server,ca", "backend,backend-ca", "client,backend-ca", "user,clients-ca"})
  void eachCertificateComesFromItsAuthority(String leaf, String authority) throws Exception {
    DevelopmentPki.create(temporary);
    X509Certificate issued = read(leaf);
    issued.verify(read(authority).getPublicKey());
    assertThat(issued.getSubjectX500Principal().getName()).contains("O=Sallyport development");
  }

  @ParameterizedTest
  @CsvSource({
    "server,1.3.6.1.5.5.7.3.1",
    "backend,1.3.6.1.5.5.7.3.1",
    "client,1.3.6.1.5.5.7.3.2",
    "user,1.3.6.1.5.5.7.3.2"
  })
  void eachCertificateIsForOneSideOnly(String leaf, String usage) throws Exception {
    DevelopmentPki.create(temporary);
    assertThat(read(leaf).getExtendedKeyUsage()).containsExactly(usage);
  }

  @Test
  void everyKeyIsForItsOwnerAlone() throws IOException {
    DevelopmentPki.create(temporary);
    try (var files = Files.list(temporary)) {
      assertThat(files.filter(file -> file.toString().endsWith(".key")))
          .hasSize(4)
          .allSatisfy(
              key ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                      .isEqualTo("rw-------"));
    }
  }

  @Test
  void aCompletePkiIsLeftAsItIs() throws IOException {
    DevelopmentPki.create(temporary);
    Map<String, String> before = contents(temporary);
    DevelopmentPki.create(temporary);
    assertThat(contents(temporary)).isEqualTo(before);
  }

  @Test
  void aFileThatIsInTheWayIsNotOverwritten() throws IOException {
    Files.writeString(temporary.resolve("server.key"), "somebody's own");
    assertThatThrownBy(() -> DevelopmentPki.create(temporary))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("server.key: is in the way");
    assertThat(contents(temporary)).containsOnly(Map.entry("server.key", "somebody's own"));
  }

  private X509Certificate read(String name) throws Exception {
    try (var in = Files.newInputStream(temporary.resolve(name + ".pem"))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static Map<String, String> contents(Path folder) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        contents.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return contents;
  }
}
