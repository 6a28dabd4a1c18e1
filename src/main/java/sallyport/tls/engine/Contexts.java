package sallyport.tls.engine;

import io.netty.handler.ssl.SslContext;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import java.util.Collection;

/**
 * References to native TLS contexts, by Netty's own count. A snapshot in use has one for each of
 * its contexts, until another snapshot replaces it. A connection that has chosen a context and has
 * no engine yet has one, see {@link #hold}. An engine has one, from its creation until its handler
 * leaves the pipeline. Memory is freed with the last reference, and by no clock.
 *
 * <p>Any thread; no locks.
 */
public final class Contexts {
  private Contexts() {}

  /**
   * Takes a reference, for an engine to be made. A context that was read from a snapshot may have
   * been freed since.
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

  /** Releases a reference to each of them. */
  public static void release(Collection<SslContext> contexts) {
    contexts.forEach(ReferenceCountUtil::release);
  }
}
