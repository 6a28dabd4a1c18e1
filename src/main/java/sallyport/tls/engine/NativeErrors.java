package sallyport.tls.engine;

import io.netty.handler.ssl.OpenSsl;
import io.netty.internal.tcnative.SSL;

/** The native library's queue of errors, of which every thread has one. */
public final class NativeErrors {
  private NativeErrors() {}

  /**
   * Forgets them. A native call that fails leaves its error behind; the next context that is built
   * on the same thread looks sound, and then breaks every handshake on it.
   */
  public static void clear() {
    OpenSsl.ensureAvailability();
    SSL.clearError();
  }
}
