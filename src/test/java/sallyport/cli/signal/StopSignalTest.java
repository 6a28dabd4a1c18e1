package sallyport.cli.signal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the first signal does, and each one behind it. */
class StopSignalTest {
  private final List<Integer> halted = new ArrayList<>();
  private final StopSignal stop = new StopSignal(halted::add);

  @Test
  void theFirstOneIsAwaited() throws Exception {
    stop.received(15);
    stop.await();
    assertThat(halted).isEmpty();
  }

  @Test
  void theSecondOneEndsTheProcessWhereNothingCanBeShortened() {
    stop.received(15);
    stop.received(2);
    assertThat(halted).containsExactly(130);
  }

  @Test
  void theSecondOneShortensTheStopAndTheThirdOneEndsTheProcess() {
    ArrayDeque<Boolean> answers = new ArrayDeque<>(List.of(true, false));
    stop.shorten(answers::remove);
    stop.received(15);
    assertThat(answers).as("not asked by the first one").hasSize(2);
    stop.received(15);
    assertThat(halted).isEmpty();
    stop.received(15);
    assertThat(halted).containsExactly(143);
  }
}
