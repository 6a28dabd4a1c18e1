package sallyport.net.names;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sallyport.net.names.Answer.Found;
import sallyport.net.names.LookupException.Kind;

/**
 * Name that is asked for again and again, as long as it is watched. Where a question fails, or its
 * answer is empty, the last good answer stands.
 *
 * <p>Every call must run on the event loop of names.
 */
final class Name {
  /** Listener to the questions, for logs and metrics. */
  interface Observer {
    /** Reports an answer. */
    void answered(Question question);

    /**
     * Reports a question that failed.
     *
     * @param stale whether the last good answer stands
     */
    void failed(Question question, LookupException failure, boolean stale);
  }

  /** The parts that all names share, which may change while a name is watched. */
  interface Context {
    Lookup lookup();

    AskingTimes times();
  }

  private final Question question;
  private final EventExecutor loop;
  private final Context context;
  private final UnaryOperator<List<Found>> reachable;
  private final Observer observer;
  private final Set<Consumer<List<Found>>> watchers = new LinkedHashSet<>();

  /** Those who wait for the first answer. */
  private final List<Promise<List<Found>>> waiting = new ArrayList<>();

  /** The last good answer; null without one. */
  private @Nullable List<Found> known;

  /** Counts what was asked, so that a late answer of a lookup that was replaced is passed over. */
  private int asked;

  private boolean asking;

  /** Failures in a row. */
  private int failures;

  private @Nullable LookupException failure;
  private long failedNanos;
  private @Nullable Future<?> next;

  /**
   * @param reachable leaves out addresses that cannot be reached
   */
  Name(
      Question question,
      EventExecutor loop,
      Context context,
      UnaryOperator<List<Found>> reachable,
      Observer observer) {
    this.question = question;
    this.loop = loop;
    this.context = context;
    this.reachable = reachable;
    this.observer = observer;
  }

  Question question() {
    return question;
  }

  // ---- watchers

  /** Tells a watcher the last good answer, if there is one, and then each other one. */
  void watch(Consumer<List<Found>> watcher) {
    watchers.add(watcher);
    if (known != null) {
      watcher.accept(known);
    } else if (!asking && next == null) {
      ask();
    }
  }

  /**
   * Tells a watcher nothing more.
   *
   * @return whether none is left; it is not asked for any more then
   */
  boolean unwatch(Consumer<List<Found>> watcher) {
    watchers.remove(watcher);
    if (!watchers.isEmpty()) {
      return false;
    }
    end();
    return true;
  }

  /** Asks no more. */
  void end() {
    asked++;
    cancelNext();
    settle(null, new LookupException(Kind.FAILED, "the name is not used any more"));
  }

  /**
   * Completes with the last good answer, or else with the outcome of a question: of the one that is
   * on its way, or of another one, unless the last one failed a moment ago.
   */
  void first(Promise<List<Found>> promise) {
    if (known != null) {
      promise.trySuccess(known);
    } else if (!asking && failure != null && sinceFailure().compareTo(shortest()) < 0) {
      promise.tryFailure(failure);
    } else {
      waiting.add(promise);
      if (!asking) {
        ask();
      }
    }
  }

  private Duration sinceFailure() {
    return Duration.ofNanos(loop.ticker().nanoTime() - failedNanos);
  }

  private Duration shortest() {
    return context.times().shortest();
  }

  // ---- questions

  /** Asks now, also while a question is on its way. */
  void ask() {
    cancelNext();
    asking = true;
    int number = ++asked;
    context
        .lookup()
        .ask(question)
        .whenComplete(
            (answer, failed) -> {
              if (number != asked) {
                return;
              }
              asking = false;
              if (failed == null) {
                answered(answer);
              } else {
                failed(failed);
              }
            });
  }

  private void answered(Answer answer) {
    failures = 0;
    failure = null;
    schedule(context.times().afterAnswer(answer.timeToLive()));
    List<Found> found =
        DnsLookup.sorted(
            reachable.apply(answer.partial() ? completed(answer.found()) : answer.found()));
    observer.answered(question);
    settle(found, null);
    if (!found.equals(known)) {
      known = found;
      List.copyOf(watchers).forEach(watcher -> watcher.accept(found));
    }
  }

  /** Adds the known addresses of a family that the answer has none of. */
  private List<Found> completed(List<Found> found) {
    if (known == null) {
      return found;
    }
    Set<Class<?>> families =
        found.stream().map(each -> each.address().getClass()).collect(Collectors.toSet());
    List<Found> all = new ArrayList<>(found);
    known.stream().filter(each -> !families.contains(each.address().getClass())).forEach(all::add);
    return all;
  }

  private void failed(Throwable cause) {
    Throwable reason =
        cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
    LookupException failed =
        reason instanceof LookupException expected
            ? expected
            : new LookupException(Kind.FAILED, reason.toString());
    failures++;
    failure = failed;
    failedNanos = loop.ticker().nanoTime();
    schedule(context.times().afterFailure(failures));
    observer.failed(question, failed, known != null);
    settle(null, failed);
  }

  /** Answers those who wait for the first answer. */
  private void settle(@Nullable List<Found> found, @Nullable LookupException failed) {
    List<Promise<List<Found>>> settled = List.copyOf(waiting);
    waiting.clear();
    for (Promise<List<Found>> promise : settled) {
      if (found != null) {
        promise.trySuccess(found);
      } else if (failed != null) {
        promise.tryFailure(failed);
      }
    }
  }

  private void schedule(Duration pause) {
    cancelNext();
    if (!watchers.isEmpty()) {
      next = loop.schedule(this::ask, pause.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void cancelNext() {
    if (next != null) {
      next.cancel(false);
      next = null;
    }
  }
}
