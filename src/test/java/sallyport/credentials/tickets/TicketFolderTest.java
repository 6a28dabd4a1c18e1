package sallyport.credentials.tickets;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TicketFolderTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final String GOOD = "20260131T000000Z.key";

  @TempDir private Path folder;
  private final List<String> problems = new ArrayList<>();

  private void write(String name, byte[] octets) throws Exception {
    Files.write(folder.resolve(name), octets);
  }

  private static byte[] random(int seed, int octets) {
    byte[] bytes = new byte[octets];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private List<TicketKey> read() {
    return TicketFolder.read(folder, TicketFolder.files(folder), NOW, problems::add);
  }

  @Test
  void keysComeInTheOrderOfTheirNamesWithTheTimesThatTheseSay() throws Exception {
    write("20260131T120000Z.key", random(2, 48));
    write(GOOD, random(1, 48));
    assertThat(read())
        .extracting(TicketKey::from)
        .containsExactly(Instant.parse("2026-01-31T00:00:00Z"), NOW);
    assertThat(read().getFirst().octets()).isEqualTo(random(1, 48));
    assertThat(problems).isEmpty();
  }

  @Test
  void whatBeginsWithADotIsLeftAlone() throws Exception {
    write(GOOD, random(1, 48));
    write(".20260131T120000Z.key.tmp", new byte[3]);
    Files.createDirectory(folder.resolve("..data"));
    assertThat(read()).hasSize(1);
    assertThat(problems).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "current.key",
        "20260131T120000Z",
        "20260230T120000Z.key",
        "20260131T250000Z.key",
        "20260131T120000Z.key~"
      })
  void aFileThatIsNotNamedByATimeIsAProblem(String name) throws Exception {
    write(GOOD, random(1, 48));
    write(name, random(2, 48));
    read();
    assertThat(problems)
        .singleElement()
        .asString()
        .contains(
            name + "' is not named by the time from which it seals, such as 20260131T120000Z.key");
  }

  @ParameterizedTest
  @CsvSource({"0", "47", "49", "80"})
  void aFileOfAnotherLengthIsAProblem(int octets) throws Exception {
    write(GOOD, random(1, octets));
    read();
    assertThat(problems)
        .singleElement()
        .asString()
        .endsWith("has " + octets + " octets, not 48: openssl rand -out FILE 48");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jzwbd9Kp4FVGvJASev49aMRRfisPltijMZy+cEKtZfEabcd\n",
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
      })
  void textAndRepetitionAreNotRandom(String text) throws Exception {
    write(GOOD, text.getBytes(StandardCharsets.US_ASCII));
    read();
    assertThat(problems).singleElement().asString().contains(GOOD + "' is not random");
  }

  @Test
  void theSameKeyUnderTwoNamesIsAProblem() throws Exception {
    write(GOOD, random(1, 48));
    write("20260131T120000Z.key", random(1, 48));
    read();
    assertThat(problems).singleElement().asString().contains("is the same key as", GOOD);
  }

  @Test
  void aKeyThatIsToSealInMoreThanAMonthIsAProblem() throws Exception {
    write("20260303T120000Z.key", random(1, 48));
    read();
    assertThat(problems).singleElement().asString().endsWith("is to seal in more than 30 days");
  }

  @Test
  void aFolderThatIsEmptyOrNotThereIsAProblem() {
    read();
    TicketFolder.read(folder.resolve("none"), List.of(), NOW, problems::add);
    assertThat(problems)
        .hasSize(2)
        .allMatch(
            problem ->
                problem.endsWith(
                    "holds 0 ticket keys; 1 to 100 are needed, each made with: openssl rand -out"
                        + " 20260131T120000Z.key 48"));
  }
}
