package sallyport.credentials.acme.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two replicas with one store. */
class SharedAnswersTest {
  private static final String THUMBPRINT = "a".repeat(43);
  private static final SharedAnswers.Page PAGE =
      new SharedAnswers.Page("portal.test", "tok-en_1." + THUMBPRINT);

  @TempDir private Path store;

  private SharedAnswers one;
  private SharedAnswers other;

  @BeforeEach
  void open() throws IOException {
    one = new SharedAnswers(store);
    other = new SharedAnswers(store);
    one.prepare();
    other.prepare();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(SharedAnswers.folder(store))) {
      return files.toList();
    }
  }

  @Test
  void anotherReplicaReadsWhatIsPromisedForAsLongAsItIs() throws IOException {
    one.add("tok-en_1", PAGE);
    one.addValidation("portal.test", new byte[32]);
    assertThat(other.read())
        .isEqualTo(
            new SharedAnswers.Answers(
                Map.of("tok-en_1", PAGE), Map.of("portal.test", "A".repeat(43))));
    one.remove("tok-en_1");
    one.removeValidation("portal.test");
    assertThat(other.read()).isEqualTo(new SharedAnswers.Answers(Map.of(), Map.of()));
    assertThat(files()).isEmpty();
  }

  @Test
  void aNameOfAnyLengthHasAFileForItsOwnerAlone() throws IOException {
    String name = ("a".repeat(60) + ".").repeat(4) + "test";
    one.addValidation(name, new byte[32]);
    assertThat(other.read().validations()).containsOnlyKeys(name);
    assertThat(Files.getPosixFilePermissions(files().getFirst()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../account.key", "a/b", ".", "a.b", "a\u0000", "tokén", "a\n"})
  void whatIsNoTokenIsNoFile(String token) throws IOException {
    assertThat(SharedAnswers.isToken(token)).isFalse();
    assertThatThrownBy(() -> one.add(token, PAGE)).isInstanceOf(IOException.class);
    one.remove(token);
    assertThat(files()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "portal.test\n",
        "portal.test\nother.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
        "portal.test\n<script>\n",
        "portal.test\nt.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "portal.test\nt.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nmore\n",
      })
  void aFileOfAnotherFormIsNoAnswer(String text) throws IOException {
    Files.writeString(SharedAnswers.folder(store).resolve("http-01.t"), text);
    Files.writeString(SharedAnswers.folder(store).resolve("tls-alpn-01.t"), text);
    assertThat(one.read()).isEqualTo(new SharedAnswers.Answers(Map.of(), Map.of()));
  }

  @Test
  void leftoversAreCleared() throws IOException {
    one.add("tok-en_1", PAGE);
    Files.writeString(SharedAnswers.folder(store).resolve(".draft"), "");
    other.clear();
    assertThat(files()).isEmpty();
  }
}
