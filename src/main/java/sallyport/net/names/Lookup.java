package sallyport.net.names;

import java.util.concurrent.CompletableFuture;

/** Way to answer questions. Every call must run on the event loop of names. */
interface Lookup extends AutoCloseable {
  /**
   * Asks once.
   *
   * @return completes on the event loop, with an answer or a {@link LookupException}
   */
  CompletableFuture<Answer> ask(Question question);

  @Override
  void close();
}
