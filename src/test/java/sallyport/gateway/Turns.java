package sallyport.gateway;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The turns of a gateway's event loops. */
public final class Turns {
  private Turns() {}

  /** Returns once every event loop has run what was queued for it before. */
  public static void await(Gateway gateway) {
    List<Future<?>> turns = new ArrayList<>();
    for (EventExecutor loop : gateway.loops()) {
      turns.add(loop.submit(() -> {}));
    }
    for (Future<?> turn : turns) {
      if (!turn.awaitUninterruptibly(20, TimeUnit.SECONDS)) {
        throw new AssertionError("an event loop has had no turn for 20 s");
      }
    }
  }
}
