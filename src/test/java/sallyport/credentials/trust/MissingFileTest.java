package sallyport.credentials.trust;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.sources.UnusableFile;

/** A file that was deleted is said to be gone, not to be malformed. */
class MissingFileTest {
  private static final ConfigLocation HERE = new ConfigLocation("gateway.conf", 1, "trust");

  @TempDir Path folder;

  @Test
  void aChainThatIsGoneIsSaidToBe() {
    Path gone = folder.resolve("server.pem");
    assertThatThrownBy(() -> Certificates.readChain(gone))
        .isInstanceOf(UnusableFile.class)
        .hasMessage("there is no file '" + gone + "'");
  }

  @Test
  void aTrustFileThatIsGoneIsSaidToBe() {
    Path gone = folder.resolve("ca.pem");
    assertThatThrownBy(() -> TrustFile.read(gone, HERE, Instant.EPOCH))
        .isInstanceOf(UnusableFile.class)
        .hasMessage("there is no file '" + gone + "'");
  }

  @Test
  void aFileThatIsMalformedIsStillSaidToBe() throws Exception {
    Path broken = Files.writeString(folder.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----");
    assertThatThrownBy(() -> Certificates.readChain(broken))
        .isInstanceOf(UnusableFile.class)
        .hasMessageEndingWith("is not a sound PEM file");
  }
}
