package sallyport.tls;

import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Contexts that are not used for new connections any more. Engines hold on to theirs; but a
 * connection that has chosen a context and waits for its turn has no engine yet, so that they are
 * kept for longer than anything may wait.
 */
final class Retired implements AutoCloseable {
  private static final int KEEP_SECONDS = 120;

  private final List<SslContext> contexts = new ArrayList<>();
  private boolean closed;

  synchronized void add(List<SslContext> retired) {
    if (closed) {
      retired.forEach(ReferenceCountUtil::release);
      return;
    }
    contexts.addAll(retired);
    GlobalEventExecutor.INSTANCE.schedule(() -> free(retired), KEEP_SECONDS, TimeUnit.SECONDS);
  }

  private synchronized void free(List<SslContext> retired) {
    if (!closed && contexts.removeAll(retired)) {
      retired.forEach(ReferenceCountUtil::release);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    contexts.forEach(ReferenceCountUtil::release);
    contexts.clear();
  }
}
