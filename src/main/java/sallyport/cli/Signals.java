package sallyport.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Signals to the process. {@code sun.misc.Signal} is the JDK's only way to handle one, in a module
 * kept for such uses (jdk.unsupported, JEP 260). It is called by reflection since javac warns of
 * its name and offers no way to say that it is meant.
 */
final class Signals {
  private Signals() {}

  /**
   * Runs {@code what} whenever the signal comes, for the rest of the process's life.
   *
   * @param name without SIG, such as {@code TERM}
   */
  static void on(String name, Runnable what) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      MethodHandle run =
          MethodHandles.dropArguments(
              MethodHandles.lookup().bind(what, "run", MethodType.methodType(void.class)),
              0,
              signal);
      signal
          .getMethod("handle", signal, handler)
          .invoke(
              null,
              signal.getConstructor(String.class).newInstance(name),
              MethodHandleProxies.asInterfaceInstance(handler, run));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java runtime lacks the module jdk.unsupported", e);
    }
  }
}
