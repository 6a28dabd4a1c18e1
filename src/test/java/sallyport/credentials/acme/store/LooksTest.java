package sallyport.credentials.acme.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many that ask, and few looks. */
class LooksTest {
  private static void await(CompletionStage<Void> look) throws Exception {
    look.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void allThatAskBeforeALookBeginsShareIt() throws Exception {
    AtomicInteger begun = new AtomicInteger();
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Looks looks =
        new Looks(
            () -> {
              begun.incrementAndGet();
              first.countDown();
              try {
                goOn.await();
              } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
              }
            });
    final CompletionStage<Void> before = looks.ask();
    first.await();
    CompletionStage<Void> second = looks.ask();
    for (int i = 0; i < 10_000; i++) {
      assertThat(looks.ask()).isSameAs(second);
    }
    assertThat(second).isNotSameAs(before);
    goOn.countDown();
    await(before);
    await(second);
    assertThat(begun).hasValue(2);
  }

  @Test
  void aLookBeginsAfterItIsAskedFor() throws Exception {
    AtomicInteger value = new AtomicInteger();
    AtomicInteger seen = new AtomicInteger();
    Looks looks = new Looks(() -> seen.set(value.get()));
    for (int i = 1; i <= 5; i++) {
      value.set(i);
      await(looks.ask());
      assertThat(seen).hasValue(i);
    }
  }

  @Test
  void aLookThatFailsEndsToo() throws Exception {
    AtomicInteger begun = new AtomicInteger();
    Looks looks =
        new Looks(
            () -> {
              begun.incrementAndGet();
              throw new IllegalStateException("the store is away");
            });
    await(looks.ask());
    await(looks.ask());
    assertThat(begun).hasValue(2);
  }
}
