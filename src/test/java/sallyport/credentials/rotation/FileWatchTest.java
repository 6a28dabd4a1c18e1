package sallyport.credentials.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** How often files are looked at. */
class FileWatchTest {
  private record Planned(Duration interval, Runnable task, Future<?> end) {}

  private final List<Planned> planned = new ArrayList<>();
  private final List<Long> looks = new ArrayList<>();
  private final FileWatch watch = new FileWatch(this::plan, looks::add);

  private Future<?> plan(Duration interval, Runnable task) {
    Future<?> end = new CompletableFuture<>();
    planned.add(new Planned(interval, task, end));
    return end;
  }

  /** The intervals that are not cancelled. */
  private List<Duration> running() {
    return planned.stream().filter(p -> !p.end().isCancelled()).map(Planned::interval).toList();
  }

  @Test
  void theSameIntervalAgainDoesNotRestartTheLooks() {
    watch.use(Duration.ofSeconds(5));
    watch.use(Duration.ofSeconds(5));
    assertThat(planned).hasSize(1);
    assertThat(running()).containsExactly(Duration.ofSeconds(5));
  }

  @Test
  void anotherIntervalReplacesTheOneBefore() {
    watch.use(Duration.ofSeconds(5));
    watch.use(Duration.ofSeconds(2));
    assertThat(running()).containsExactly(Duration.ofSeconds(2));
  }

  @Test
  void zeroEndsTheLooksAndALaterIntervalBeginsThem() {
    watch.use(Duration.ofSeconds(5));
    watch.use(Duration.ZERO);
    assertThat(running()).isEmpty();
    watch.use(Duration.ofSeconds(5));
    assertThat(running()).containsExactly(Duration.ofSeconds(5));
  }

  @Test
  void whatIsRefusedIsTriedAgainWithinAMinute() {
    for (int seconds : new int[] {5, 25, 60, 300}) {
      watch.use(Duration.ofSeconds(seconds));
      planned.getLast().task().run();
    }
    assertThat(looks).containsExactly(12L, 2L, 1L, 1L);
  }
}
