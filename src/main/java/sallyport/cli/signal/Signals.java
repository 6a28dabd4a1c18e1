package sallyport.cli.signal;

import java.lang.reflect.Proxy;

/**
 * Handlers of signals to the process. {@code sun.misc.Signal} is the only API of the JDK for them,
 * in the module jdk.unsupported, which is kept for such uses (JEP 260). It is called by reflection
 * because javac's warning of that name cannot be suppressed. Any thread.
 */
public final class Signals {
  private Signals() {}

  /**
   * Runs {@code what} at each signal, on a thread of its own, until the process ends.
   *
   * @param name without SIG, such as {@code TERM}
   */
  public static void on(String name, Runnable what) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      signal
          .getMethod("handle", signal, handler)
          .invoke(
              null,
              signal.getConstructor(String.class).newInstance(name),
              Proxy.newProxyInstance(
                  Signals.class.getClassLoader(),
                  new Class<?>[] {handler},
                  (proxy, method, arguments) -> {
                    // The JDK calls only handle, and no method of Object.
                    what.run();
                    return null;
                  }));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java runtime lacks the module jdk.unsupported", e);
    }
  }
}
