package sallyport.credentials.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When files are read again, and that no change is missed; by a clock that the test moves. */
class FileDigestsTest {
  @TempDir Path folder;
  private long now;
  private int reads;
  private Path file;
  private final FileDigests digests =
      new FileDigests(
          () -> now,
          path -> {
            reads++;
            return Files.readAllBytes(path);
          });

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(folder.resolve("list"), "one");
  }

  private String look(Duration later) {
    now += later.toNanos();
    return digests.of(List.of(file));
  }

  /** Looks until its attributes count. */
  private String settle() {
    look(Duration.ZERO);
    return look(Duration.ofMinutes(2));
  }

  @Test
  void aFileThatStaysIsNotReadAgain() {
    String first = settle();
    reads = 0;
    for (int i = 0; i < 50; i++) {
      assertThat(look(Duration.ofSeconds(5))).isEqualTo(first);
    }
    assertThat(reads).isZero();
  }

  @Test
  void aFileIsReadAtEachLookAfterAChange() {
    look(Duration.ZERO);
    for (int i = 0; i < 10; i++) {
      look(Duration.ofSeconds(5));
    }
    assertThat(reads).isEqualTo(11);
  }

  @Test
  void aFileIsReadNowAndThenAllTheSame() {
    settle();
    reads = 0;
    look(Duration.ofMinutes(11));
    assertThat(reads).isEqualTo(1);
  }

  /** Of the same size, and with the date put back: the time of change tells. */
  @Test
  void aChangeThatHidesIsSeen() throws IOException {
    FileTime date = Files.getLastModifiedTime(file);
    String before = settle();
    Files.writeString(file, "two");
    Files.setLastModifiedTime(file, date);
    assertThat(look(Duration.ofSeconds(5))).isNotEqualTo(before);
  }

  @Test
  void aFileThatTakesItsPlaceIsSeen() throws IOException {
    String before = settle();
    Path other = Files.writeString(folder.resolve("other"), "two");
    Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(look(Duration.ofSeconds(5))).isNotEqualTo(before);
  }

  /** As Kubernetes does it: the name leads elsewhere. */
  @Test
  void aLinkFurtherUpThatIsSwappedIsSeen() throws IOException {
    Path one = Files.createDirectory(folder.resolve("one"));
    Path two = Files.createDirectory(folder.resolve("two"));
    Files.writeString(one.resolve("list"), "one");
    Files.writeString(two.resolve("list"), "two");
    Path link = Files.createSymbolicLink(folder.resolve("data"), one);
    file = link.resolve("list");
    String before = settle();
    Path next = Files.createSymbolicLink(folder.resolve("next"), two);
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    assertThat(look(Duration.ofSeconds(5))).isNotEqualTo(before);
  }

  @Test
  void aFileThatGoesAndComesBackIsSeenBothTimes() throws IOException {
    String before = settle();
    Files.delete(file);
    assertThat(look(Duration.ofSeconds(5))).isNotEqualTo(before);
    Files.writeString(file, "one");
    assertThat(look(Duration.ofSeconds(5))).isEqualTo(before);
  }
}
