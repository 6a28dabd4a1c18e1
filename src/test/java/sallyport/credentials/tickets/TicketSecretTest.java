package sallyport.credentials.tickets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.sources.UnusableFile;
import sallyport.testkit.PageCommands;

class TicketSecretTest {
  private static final String HEX =
      "8f3c1b77d2a9e05546bc90127afe3d68c4517e2b0f96d8a3319cbe7042ad65f1";
  private static final long DAY = 86_400_000;

  @TempDir private Path folder;

  private TicketSecret read(String text) throws Exception {
    Path file = Files.writeString(folder.resolve("secret"), text);
    return TicketSecret.read(new SecretConfig.File(file, new ConfigLocation("", 0, "")));
  }

  /** Replicas of two versions must agree, so that what it computes is fixed for good. */
  @Test
  void theKeyIsWhatOpensslComputesToo() throws Exception {
    String info =
        HexFormat.of()
                .formatHex(
                    "sallyport session tickets 1\0https\0".getBytes(StandardCharsets.US_ASCII))
            + "0000000005265c00"
            + "000001900fd2d800";
    String openssl =
        PageCommands.run(
            folder,
            "openssl kdf -binary -keylen 48 -kdfopt digest:SHA256 -kdfopt hexkey:%s -kdfopt hexinfo:%s HKDF | od -An -v -tx1"
                .formatted(HEX, info));
    TicketKey key = read(HEX).derive("https", 0x1900fd2d800L, DAY);
    assertThat(HexFormat.of().formatHex(key.octets())).isEqualTo(openssl.replaceAll("\\s", ""));
    assertThat(key.from()).isEqualTo(Instant.ofEpochMilli(0x1900fd2d800L));
  }

  @ParameterizedTest
  @CsvSource({"lab,0," + DAY, "https," + DAY + "," + DAY, "https,0," + 2 * DAY})
  void anotherListenerAnotherWindowAndAnotherLengthHaveAnotherKey(
      String owner, long start, long length) throws Exception {
    assertThat(read(HEX).derive(owner, start, length).name())
        .isNotEqualTo(read(HEX).derive("https", 0, DAY).name());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        HEX + "\n",
        "8F3C1B77D2A9E05546BC90127AFE3D68C4517E2B0F96D8A3319CBE7042AD65F1",
        "jzwbd9Kp4FVGvJASev49aMRRfisPltijMZy+cEKtZfE=",
        "jzwbd9Kp4FVGvJASev49aMRRfisPltijMZy-cEKtZfE"
      })
  void hexAndBase64AreTheSameSecret(String text) throws Exception {
    assertThat(read(text).derive("https", 0, DAY)).isEqualTo(read(HEX).derive("https", 0, DAY));
  }

  @ParameterizedTest
  @CsvSource({
    "correct horse battery staple and whatever else one may think of,is neither hex nor base64",
    "jzwbd9Kp4FVGvJASev49aMRRfisPltijMZy+cEKt\u00e4\u00e4\u00e4\u00e4,is neither hex nor base64",
    "8f3c1b77d2a9e05546bc90127afe3d68,'has 16 octets, and needs 32'",
    "jzwbd9Kp4FVGvJASev49aMRRfisPltijMZy+cEKt,'has 30 octets, and needs 32'",
    "0000000000000000000000000000000000000000000000000000000000000000,is not random",
    "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZSBhbmQgc28gb24K,is not random",
  })
  void whatIsShortOrNotRandomIsRefusedAndNotShown(String text, String problem) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(UnusableFile.class)
        .hasMessageContaining(problem)
        .hasMessageContaining("openssl rand -hex 32")
        .hasMessageNotContaining(text);
  }
}
