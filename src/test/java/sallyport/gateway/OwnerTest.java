package sallyport.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sallyport.config.GatewayConfig;
import sallyport.keys.KeyOpener;
import sallyport.logging.AuditEvent;
import sallyport.metrics.GatewayMetrics;
import sallyport.testkit.Parsed;
import sallyport.testkit.Setup;
import sallyport.tls.Rotatable;
import sallyport.tls.Rotation;

/** What is tried again, and what is told of it. */
class OwnerTest {
  private static final Rotation.Done DONE =
      new Rotation.Done(List.of("old"), List.of("new"), List.of());

  /** What comes of opening it, one after the other; the last one stays. */
  private final Deque<Rotation> outcomes = new ArrayDeque<>();

  private final List<AuditEvent> events = Collections.synchronizedList(new ArrayList<>());
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final GatewayConfig config = Parsed.of(Setup.to("127.0.0.1:1"));
  private final KeyOpener keys = new KeyOpener(config.keys(), events::add, Clock.systemUTC());
  private int opened;

  private final Owner owner =
      new Owner(
          new Rotations.Subject(new Fake(), () -> {}),
          keys,
          new Owner.Reports(Clock.systemUTC(), events::add, metrics, () -> {}));

  /** One whose files never change. */
  private final class Fake implements Rotatable {
    @Override
    public String use() {
      return "server";
    }

    @Override
    public String description() {
      return "listener fake";
    }

    @Override
    public String name() {
      return "fake";
    }

    @Override
    public List<Path> files() {
      return List.of();
    }

    @Override
    public Rotation rotate(KeyOpener keys, Clock clock, boolean mayLoosen) {
      opened++;
      return outcomes.size() > 1 ? outcomes.pop() : outcomes.element();
    }
  }

  @BeforeEach
  void begin() throws Exception {
    owner.begun().get();
  }

  @AfterEach
  void close() {
    owner.close();
    keys.close();
    metrics.close();
  }

  private static Rotation refused(String why, boolean mayPass) {
    return new Rotation.Refused(List.of(why), mayPass, null);
  }

  private void look(int times) throws Exception {
    for (int i = 0; i < times; i++) {
      owner.look(keys, 8).get();
    }
  }

  @Test
  void whatIsRefusedIsTriedAgainAndToldOnce() throws Exception {
    outcomes.add(refused("has the mode 644", true));
    assertThat(owner.rotate(keys, "files", null).get().good()).isFalse();
    look(31);
    assertThat(opened).isEqualTo(7);
    assertThat(events).singleElement().isInstanceOf(AuditEvent.RotationRefused.class);
  }

  @Test
  void whatCanBeUsedByThenIsUsedAndNotOpenedAgain() throws Exception {
    outcomes.add(refused("is not valid before", true));
    outcomes.add(DONE);
    owner.rotate(keys, "files", null).get();
    look(20);
    assertThat(opened).isEqualTo(2);
    assertThat(events).hasSize(2).last().isInstanceOf(AuditEvent.KeysRotated.class);
  }

  @Test
  void anotherReasonIsToldToo() throws Exception {
    outcomes.add(refused("is not valid before", true));
    outcomes.add(refused("expired at", true));
    owner.rotate(keys, "files", null).get();
    look(20);
    assertThat(events).hasSize(2);
  }

  @Test
  void whoAsksIsToldEachTime() throws Exception {
    outcomes.add(refused("has the mode 644", true));
    for (int i = 0; i < 2; i++) {
      assertThat(owner.rotate(keys, "admin", null).get().lines())
          .singleElement()
          .asString()
          .contains("refused: has the mode 644");
    }
    assertThat(events).hasSize(2);
  }

  @Test
  void whatMustNotBeUsedIsNotTriedAgain() throws Exception {
    outcomes.add(refused("trusts more", false));
    owner.rotate(keys, "files", null).get();
    look(20);
    assertThat(opened).isEqualTo(1);
  }

  @Test
  void whatIsTakenOfSomethingRefusedIsTold() throws Exception {
    outcomes.add(new Rotation.Refused(List.of("lets in more"), false, DONE));
    Owner.Outcome outcome = owner.rotate(keys, "files", null).get();
    assertThat(outcome.good()).isFalse();
    assertThat(events)
        .hasSize(2)
        .hasAtLeastOneElementOfType(AuditEvent.KeysRotated.class)
        .hasAtLeastOneElementOfType(AuditEvent.RotationRefused.class);
  }
}
