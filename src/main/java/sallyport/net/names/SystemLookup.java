package sallyport.net.names;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import sallyport.net.names.Answer.Found;
import sallyport.net.names.LookupException.Kind;
import sallyport.net.transport.OffLoopResolver;

/**
 * Lookup by the operating system, with all that nsswitch.conf(5) names. It tells no times to live:
 * an answer is used for the shortest time that is configured.
 */
record SystemLookup(EventExecutor loop) implements Lookup {
  @Override
  public CompletableFuture<Answer> ask(Question question) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    switch (question) {
      case Question.Host(String name) ->
          OffLoopResolver.resolve(name, 0, loop)
              .addListener((Future<List<InetSocketAddress>> done) -> complete(answer, done));
      case Question.Service(String name) ->
          answer.completeExceptionally(
              new LookupException(Kind.FAILED, "the operating system resolves no services"));
    }
    return answer;
  }

  private static void complete(
      CompletableFuture<Answer> answer, Future<List<InetSocketAddress>> done) {
    if (done.isSuccess()) {
      answer.complete(
          new Answer(
              done.getNow().stream().map(each -> Found.host(each.getAddress())).toList(),
              Duration.ZERO,
              /* partial= */ false));
    } else {
      answer.completeExceptionally(new LookupException(Kind.FAILED, "the name is not known"));
    }
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
