package sallyport.credentials.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.config.GatewayConfig;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyOpener;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Eventually;
import sallyport.testkit.Parsed;
import sallyport.testkit.Setup;
import sallyport.values.Sha256;

/** What is tried again, and what is told of it. */
class RotatorTest {
  private static final Rotation.Done DONE =
      new Rotation.Done(List.of("old"), List.of("new"), List.of());

  @TempDir Path folder;

  /** What comes of opening it, one after the other; the last one stays. */
  private final Deque<Rotation> outcomes = new ArrayDeque<>();

  private final List<AuditEvent> events = Collections.synchronizedList(new ArrayList<>());
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final GatewayConfig config = Parsed.of(Setup.to("127.0.0.1:1"));
  private final KeyOpener keys = new KeyOpener(config.keys(), events::add, Clock.systemUTC());
  private List<Path> files = List.of();
  private int opened;
  private Rotator rotator = rotator(Map.of());

  private Rotator rotator(Map<Path, String> held) {
    return new Rotator(
        new RotationSubject(new Fake(), () -> {}),
        keys,
        held,
        new RotationReports(Clock.systemUTC(), events::add, metrics, () -> {}));
  }

  /** One of a file, which held this when it was opened; null: that is not known. */
  private void owns(Path file, @Nullable String held) throws Exception {
    rotator.close();
    files = List.of(file);
    rotator =
        rotator(
            held == null
                ? Map.of()
                : Map.of(file, Sha256.hex(held.getBytes(StandardCharsets.UTF_8))));
    rotator.begun().get();
  }

  /** One whose files change when a test writes to them. */
  private final class Fake implements Rotatable {
    @Override
    public Kind kind() {
      return Kind.SERVER;
    }

    @Override
    public String name() {
      return "fake";
    }

    @Override
    public List<Path> files() {
      return files;
    }

    @Override
    public Rotation rotate(KeyOpener keys, boolean mayLoosen) {
      opened++;
      if (!files.isEmpty()) {
        // Tells of a key, as all that open one do.
        keys.open(
            Objects.requireNonNull(config.backends().get("app")).tls().orElseThrow().certificate(),
            Role.CLIENT,
            new ArrayList<>());
      }
      return outcomes.size() > 1 ? outcomes.pop() : outcomes.element();
    }
  }

  @BeforeEach
  void begin() throws Exception {
    rotator.begun().get();
  }

  @AfterEach
  void close() {
    rotator.close();
    keys.close();
    metrics.close();
  }

  /** The same, which waits for 100 ms at most. */
  private KeyOpener impatient() {
    String brief = "keys.open-timeout = 100ms";
    return keys.with(Parsed.of(Setup.to("127.0.0.1:1").gateway(brief)).keys());
  }

  private static Rotation refused(String why, boolean mayPass) {
    return new Rotation.Refused(List.of(why), mayPass, null);
  }

  private void look(int times) throws Exception {
    for (int i = 0; i < times; i++) {
      rotator.look(keys, 8).get();
    }
  }

  @Test
  void whatIsRefusedIsTriedAgainAndToldOnce() throws Exception {
    outcomes.add(refused("has the mode 644", true));
    assertThat(rotator.rotate(keys, "files", null).get().good()).isFalse();
    look(31);
    assertThat(opened).isEqualTo(7);
    assertThat(events).singleElement().isInstanceOf(AuditEvent.RotationRefused.class);
  }

  @Test
  void whatCanBeUsedByThenIsUsedAndNotOpenedAgain() throws Exception {
    outcomes.add(refused("is not valid before", true));
    outcomes.add(DONE);
    rotator.rotate(keys, "files", null).get();
    look(20);
    assertThat(opened).isEqualTo(2);
    assertThat(events).hasSize(2).last().isInstanceOf(AuditEvent.KeysRotated.class);
  }

  @Test
  void anotherReasonIsToldToo() throws Exception {
    outcomes.add(refused("is not valid before", true));
    outcomes.add(refused("expired at", true));
    rotator.rotate(keys, "files", null).get();
    look(20);
    assertThat(events).hasSize(2);
  }

  @Test
  void whoAsksIsToldEachTime() throws Exception {
    outcomes.add(refused("has the mode 644", true));
    for (int i = 0; i < 2; i++) {
      assertThat(rotator.rotate(keys, "admin", null).get().lines())
          .singleElement()
          .asString()
          .contains("refused: has the mode 644");
    }
    assertThat(events).hasSize(2);
  }

  @Test
  void whatMustNotBeUsedIsNotTriedAgain() throws Exception {
    outcomes.add(refused("trusts more", false));
    rotator.rotate(keys, "files", null).get();
    look(20);
    assertThat(opened).isEqualTo(1);
  }

  @Test
  void whatIsTakenOfSomethingRefusedIsTold() throws Exception {
    outcomes.add(new Rotation.Refused(List.of("lets in more"), false, DONE));
    Rotator.Outcome outcome = rotator.rotate(keys, "files", null).get();
    assertThat(outcome.good()).isFalse();
    assertThat(events)
        .hasSize(2)
        .hasAtLeastOneElementOfType(AuditEvent.KeysRotated.class)
        .hasAtLeastOneElementOfType(AuditEvent.RotationRefused.class);
  }

  // ---- files

  @Test
  void whatIsAsItWasWhenItWasReadIsNotOpenedAgain() throws Exception {
    outcomes.add(new Rotation.Unchanged());
    owns(Files.writeString(folder.resolve("file"), "old"), "old");
    look(3);
    assertThat(opened).isZero();
  }

  @Test
  void whatHasChangedSinceItWasReadIsOpenedOnceItHasSettled() throws Exception {
    outcomes.add(DONE);
    owns(Files.writeString(folder.resolve("file"), "new"), "old");
    look(1);
    assertThat(opened).isZero();
    look(3);
    assertThat(opened).isEqualTo(1);
    assertThat(events).hasAtLeastOneElementOfType(AuditEvent.KeysRotated.class);
  }

  @Test
  void whatWasNotKnownWhenItWasReadIsOpenedOnceAndNothingIsTold() throws Exception {
    outcomes.add(new Rotation.Unchanged());
    owns(Files.writeString(folder.resolve("file"), "new"), null);
    look(5);
    assertThat(opened).isEqualTo(1);
    assertThat(events).isEmpty();
  }

  @Test
  void whatWasNotKnownAndHasChangedIsTakenUpAndTold() throws Exception {
    outcomes.add(DONE);
    owns(Files.writeString(folder.resolve("file"), "new"), null);
    look(5);
    assertThat(opened).isEqualTo(1);
    assertThat(events)
        .hasSize(2)
        .hasAtLeastOneElementOfType(AuditEvent.KeyOpened.class)
        .hasAtLeastOneElementOfType(AuditEvent.KeysRotated.class);
  }

  @Test
  void whatDoesNotAnswerWhenItIsOpenedAgainIsComparedLater() throws Exception {
    outcomes.add(new Rotation.Unchanged());
    Path file = folder.resolve("file");
    assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
    owns(file, "old");
    // Nothing writes to it, so that the look is given up; then its reader comes to an end.
    rotator.rotate(impatient(), "admin", null).get();
    Path pipe = Files.move(file, folder.resolve("pipe"));
    Files.writeString(file, "new");
    Files.writeString(pipe, "");
    Eventually.equal("reads that hang", 0, keys.sources()::hanging);
    look(5);
    assertThat(opened).isEqualTo(2);
  }
}
