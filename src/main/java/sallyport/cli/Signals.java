package sallyport.cli;

import java.lang.reflect.Proxy;

/**
 * Signals to the process. {@code sun.misc.Signal} is the JDK's only way to handle one, in a module
 * kept for such uses (jdk.unsupported, JEP 260). It is called by reflection since javac warns of
 * its name and offers no way to say that it is meant.
 */
public final class Signals {
  private Signals() {}

  /**
   * Runs {@code what} whenever the signal comes, for the rest of the process's life.
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
                    // Of what every object can do, the JDK asks a handler for nothing.
                    what.run();
                    return null;
                  }));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java runtime lacks the module jdk.unsupported", e);
    }
  }
}
