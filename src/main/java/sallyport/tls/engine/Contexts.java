package sallyport.tls.engine;

import io.netty.handler.ssl.SslContext;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import java.util.Collection;

/**
 * References to native TLS contexts, by Netty's own count. What new connections are given has one,
 * until something else takes its place. A connection that has chosen a context and has no engine
 * yet has one, see {@link #hold}. An engine has one, from when it is made until its handler leaves
 * the pipeline. Memory is freed with the last of them, and by no clock.
 *
 * <p>Any thread; no locks.
 */
public final class Contexts {
  private Contexts() {}

  /**
   * Takes a reference, for an engine to be made. A context that is read from where another one may
   * take its place may have been freed in between.
   *
   * @return false where it has been freed, and must not be used
   */
  public static boolean hold(SslContext context) {
    try {
      ReferenceCountUtil.retain(context);
      return true;
    } catch (IllegalReferenceCountException freed) {
      return false;
    }
  }

  /** Gives a reference to each of them back. */
  public static void release(Collection<SslContext> contexts) {
    contexts.forEach(ReferenceCountUtil::release);
  }
}
