package sallyport.credentials.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.credentials.keys.KeyOpener;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.testkit.Parsed;
import sallyport.testkit.Setup;

/** What is opened again together, and what stays from one configuration to the next. */
class RotatorsTest {
  private static final Duration PATIENT = Duration.ofSeconds(20);

  private final GatewayMetrics metrics = new GatewayMetrics();
  private final KeyOpener keys =
      new KeyOpener(Parsed.of(Setup.to("127.0.0.1:1")).keys(), event -> {}, Clock.systemUTC());
  private final List<String> opened = Collections.synchronizedList(new ArrayList<>());
  private final List<String> followed = Collections.synchronizedList(new ArrayList<>());
  private final Rotators rotators =
      new Rotators(
          new RotationReports(Clock.systemUTC(), event -> {}, metrics, () -> followed.add("all")));

  @AfterEach
  void close() {
    rotators.close();
    keys.close();
    metrics.close();
  }

  /** Waits for a latch when it is opened. */
  private final class Fake implements Rotatable {
    private final String name;
    private final Rotation outcome;
    private final CountDownLatch answers;

    Fake(String name, Rotation outcome, CountDownLatch answers) {
      this.name = name;
      this.outcome = outcome;
      this.answers = answers;
    }

    @Override
    public Kind kind() {
      return Kind.SERVER;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public List<Path> files() {
      return List.of();
    }

    @Override
    public Rotation rotate(KeyOpener keys, boolean mayLoosen) {
      try {
        answers.await();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
      opened.add(name);
      return outcome;
    }
  }

  private Fake fake(String name, Rotation outcome) {
    return new Fake(name, outcome, new CountDownLatch(0));
  }

  private void use(Rotatable... rotatables) {
    List<RotationSubject> subjects = new ArrayList<>();
    for (Rotatable each : rotatables) {
      subjects.add(new RotationSubject(each, () -> followed.add(each.name())));
    }
    rotators.use(subjects, keys, Map.of());
  }

  private Rotators.Result rotateAll(Duration patience) {
    return rotators.rotate(each -> true, keys, "admin", null, patience);
  }

  private static Rotation done() {
    return new Rotation.Done(List.of("old"), List.of("new"), List.of());
  }

  @Test
  void onlyThoseThatAreChosenAreOpened() {
    use(fake("one", new Rotation.Unchanged()), fake("two", new Rotation.Unchanged()));
    rotators.rotate(each -> each.name().equals("two"), keys, "acme", null, PATIENT);
    assertThat(opened).containsExactly("two");
  }

  @Test
  void eachRotationIsFollowedByWhatItsSubjectAsksFor() {
    use(fake("one", done()), fake("two", new Rotation.Unchanged()));
    Rotators.Result result = rotateAll(PATIENT);
    assertThat(result.refused()).isFalse();
    assertThat(result.lines())
        .containsExactly("listener one: rotated to new", "listener two: unchanged");
    assertThat(followed).containsExactly("one", "all");
  }

  @Test
  void oneThatIsRefusedRefusesTheResult() {
    use(
        fake("one", new Rotation.Refused(List.of("expired"), true, null)),
        fake("two", new Rotation.Unchanged()));
    Rotators.Result result = rotateAll(PATIENT);
    assertThat(result.refused()).isTrue();
    assertThat(result.pending()).isFalse();
    assertThat(result.lines()).contains("listener two: unchanged");
  }

  @Test
  void oneThatHangsIsPendingAndDoesNotDelayTheOthers() {
    CountDownLatch answers = new CountDownLatch(1);
    Fake other = fake("two", new Rotation.Unchanged());
    use(new Fake("one", new Rotation.Unchanged(), answers), other);
    assertThat(rotators.rotate(other::equals, keys, "admin", null, PATIENT).pending()).isFalse();
    Rotators.Result result = rotateAll(Duration.ZERO);
    assertThat(result.pending()).isTrue();
    assertThat(result.refused()).isFalse();
    assertThat(result.withPendingRefused().refused()).isTrue();
    assertThat(result.lines())
        .anyMatch(line -> line.startsWith("listener one: still being opened"));
    answers.countDown();
    assertThat(rotateAll(PATIENT).pending()).isFalse();
  }

  @Test
  void whatTheNextConfigurationHasNotIsOpenedNoMore() {
    Fake stays = fake("stays", new Rotation.Unchanged());
    use(stays, fake("leaves", new Rotation.Unchanged()));
    use(stays, fake("comes", new Rotation.Unchanged()));
    rotateAll(PATIENT);
    assertThat(opened).containsExactlyInAnyOrder("stays", "comes");
  }

  @Test
  void whatStaysIsFollowedByWhatTheNextConfigurationAsksFor() {
    Fake stays = fake("stays", done());
    use(stays);
    rotators.use(List.of(new RotationSubject(stays, () -> followed.add("next"))), keys, Map.of());
    rotateAll(PATIENT);
    assertThat(followed).containsExactly("next", "all");
  }
}
