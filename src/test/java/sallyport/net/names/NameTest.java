package sallyport.net.names;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sallyport.net.names.Answer.Found;
import sallyport.net.names.LookupException.Kind;

/** One name by a clock that stands, and a server that answers when the test says so. */
class NameTest {
  private final EmbeddedChannel clock = new EmbeddedChannel();
  private final List<CompletableFuture<Answer>> asked = new ArrayList<>();
  private final List<String> heard = new ArrayList<>();
  private final List<String> observed = new ArrayList<>();

  /** One object, as it is to be found again at its end. */
  @SuppressWarnings("UnnecessaryLambda")
  private final Consumer<List<Found>> watcher = found -> heard.add(text(found));

  private final Name name =
      new Name(
          new Question.Host("a.test"),
          clock.eventLoop(),
          new Name.Context() {
            @Override
            public Lookup lookup() {
              return new Lookup() {
                @Override
                public CompletableFuture<Answer> ask(Question question) {
                  CompletableFuture<Answer> answer = new CompletableFuture<>();
                  asked.add(answer);
                  return answer;
                }

                @Override
                public void close() {}
              };
            }

            @Override
            public AskingTimes times() {
              return new AskingTimes(Duration.ofSeconds(5), Duration.ofMinutes(5), () -> 0);
            }
          },
          found -> found,
          new Name.Observer() {
            @Override
            public void answered(Question question) {
              observed.add("answered");
            }

            @Override
            public void failed(Question question, LookupException failure, boolean stale) {
              observed.add(failure.kind() + (stale ? " stale" : ""));
            }
          });

  NameTest() {
    clock.freezeTime();
  }

  private static String text(List<Found> found) {
    return String.join(" ", found.stream().map(each -> each.address().getHostAddress()).toList());
  }

  private static Answer answer(int seconds, boolean partial, String... addresses) {
    return new Answer(
        Stream.of(addresses).map(each -> Found.host(InetAddress.ofLiteral(each))).toList(),
        Duration.ofSeconds(seconds),
        partial);
  }

  private void answer(int seconds, String... addresses) {
    asked.getLast().complete(answer(seconds, false, addresses));
  }

  private void fail(Kind kind) {
    asked.getLast().completeExceptionally(new LookupException(kind, "no"));
  }

  private void pass(Duration time) {
    clock.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
    clock.runScheduledPendingTasks();
  }

  @Test
  void itIsAskedForAgainWhenTheTimeToLiveEnds() {
    name.watch(watcher);
    assertThat(asked).hasSize(1);
    answer(60, "10.0.0.1");
    pass(Duration.ofSeconds(59));
    assertThat(asked).hasSize(1);
    pass(Duration.ofSeconds(1));
    assertThat(asked).hasSize(2);
    answer(60, "10.0.0.2");
    assertThat(heard).containsExactly("10.0.0.1", "10.0.0.2");
  }

  @Test
  void theSameAddressesInAnotherOrderAreNoChange() {
    name.watch(watcher);
    answer(5, "10.0.0.2", "10.0.0.1", "10.0.0.2");
    pass(Duration.ofSeconds(5));
    answer(5, "10.0.0.1", "10.0.0.2");
    assertThat(heard).containsExactly("10.0.0.1 10.0.0.2");
  }

  @Test
  void aFailureKeepsTheAnswerAndPausesGrow() {
    name.watch(watcher);
    answer(5, "10.0.0.1");
    pass(Duration.ofSeconds(5));
    fail(Kind.FAILED);
    pass(Duration.ofSeconds(1));
    fail(Kind.EMPTY);
    pass(Duration.ofMillis(1999));
    assertThat(asked).hasSize(3);
    pass(Duration.ofMillis(1));
    assertThat(asked).hasSize(4);
    answer(5, "10.0.0.1");
    assertThat(heard).containsExactly("10.0.0.1");
    assertThat(observed).containsExactly("answered", "FAILED stale", "EMPTY stale", "answered");
    pass(Duration.ofSeconds(5));
    fail(Kind.FAILED);
    pass(Duration.ofSeconds(1));
    assertThat(asked).as("the first pause again").hasSize(6);
  }

  @Test
  void aFamilyWithoutAnAnswerKeepsItsAddresses() {
    name.watch(watcher);
    answer(5, "10.0.0.1", "2001:db8::1");
    pass(Duration.ofSeconds(5));
    asked.getLast().complete(answer(5, /* partial= */ true, "10.0.0.2"));
    pass(Duration.ofSeconds(5));
    answer(5, "10.0.0.2");
    assertThat(heard)
        .containsExactly(
            "10.0.0.1 2001:db8:0:0:0:0:0:1", "10.0.0.2 2001:db8:0:0:0:0:0:1", "10.0.0.2");
  }

  @Test
  void thoseWhoComeLaterHearWhatIsKnown() {
    name.watch(watcher);
    answer(60, "10.0.0.1");
    List<String> later = new ArrayList<>();
    name.watch(found -> later.add(text(found)));
    assertThat(later).containsExactly("10.0.0.1");
    assertThat(asked).hasSize(1);
  }

  @Test
  void itIsAskedForNoMoreOnceNoneWatchesIt() {
    name.watch(watcher);
    answer(5, "10.0.0.1");
    assertThat(name.unwatch(watcher)).isTrue();
    pass(Duration.ofHours(1));
    assertThat(asked).hasSize(1);
  }

  @Test
  void anAnswerToAnEarlierQuestionIsPassedOver() {
    name.watch(watcher);
    name.ask();
    asked.getFirst().complete(answer(5, false, "10.0.0.9"));
    assertThat(heard).isEmpty();
    answer(5, "10.0.0.1");
    assertThat(heard).containsExactly("10.0.0.1");
  }

  // ---- the first answer

  private Promise<List<Found>> first() {
    Promise<List<Found>> promise = clock.eventLoop().newPromise();
    name.first(promise);
    return promise;
  }

  @Test
  void thoseWhoWaitForTheFirstAnswerGetIt() {
    name.watch(watcher);
    Promise<List<Found>> waiting = first();
    assertThat(asked).hasSize(1);
    assertThat(waiting.isDone()).isFalse();
    answer(5, "10.0.0.1");
    assertThat(text(waiting.getNow())).isEqualTo("10.0.0.1");
    assertThat(first().isSuccess()).isTrue();
  }

  /** Requests for a name that is not known are no storm of questions. */
  @Test
  void aFailureAnswersTheRequestsOfASecond() {
    name.watch(watcher);
    Promise<List<Found>> waiting = first();
    fail(Kind.EMPTY);
    assertThat(waiting.cause()).isInstanceOf(LookupException.class);
    assertThat(first().isSuccess()).isFalse();
    assertThat(first().isDone()).isTrue();
    assertThat(asked).hasSize(1);
    pass(Duration.ofSeconds(1));
    fail(Kind.EMPTY);
    pass(Duration.ofMillis(1500));
    assertThat(first().isDone()).as("the next pause is longer than a second").isFalse();
    assertThat(asked).hasSize(3);
  }
}
