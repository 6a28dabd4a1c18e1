package sallyport.tls.engine;

import io.netty.handler.ssl.OpenSsl;
import io.netty.internal.tcnative.SSL;

/** Error queue of the native library, of which every thread has one. */
public final class NativeErrors {
  private NativeErrors() {}

  /**
   * Clears the queue of this thread. A native call that fails leaves its error there; the next
   * context that is built on the same thread looks sound, and then breaks every handshake on it.
   */
  public static void clear() {
    OpenSsl.ensureAvailability();
    SSL.clearError();
  }
}
