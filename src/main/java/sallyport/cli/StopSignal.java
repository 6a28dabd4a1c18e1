package sallyport.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.CountDownLatch;

/**
 * Waits for SIGTERM or SIGINT. The first one asks for an orderly stop, a second one ends the
 * process at once.
 *
 * <p>A shutdown hook would not do: with one the JVM ends with status 143 or 130 whatever the hook
 * achieved, unless the hook halts it and so races every other hook, and it never hears of a second
 * signal. {@code sun.misc.Signal} is the JDK's only way to handle a signal, in a module kept for
 * such uses (jdk.unsupported, JEP 260). It is called by reflection since javac warns of its name
 * and offers no way to say that it is meant.
 */
final class StopSignal {
  /** What shells add to a signal's number for a process that it ended. */
  private static final int ENDED_BY_SIGNAL = 128;

  private final CountDownLatch first = new CountDownLatch(1);

  private StopSignal() {}

  /** Takes over both signals for the rest of the process's life. */
  static StopSignal install() {
    StopSignal stop = new StopSignal();
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      MethodHandle received =
          MethodHandles.lookup()
              .bind(stop, "received", MethodType.methodType(void.class, Object.class))
              .asType(MethodType.methodType(void.class, signal));
      Object handle = MethodHandleProxies.asInterfaceInstance(handler, received);
      for (String name : new String[] {"TERM", "INT"}) {
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), handle);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java runtime lacks the module jdk.unsupported", e);
    }
    return stop;
  }

  /** Waits, for as long as it takes, for the first signal. */
  void await() throws InterruptedException {
    first.await();
  }

  @SuppressWarnings("UnusedMethod") // called through the method handle above
  private void received(Object signal) {
    if (first.getCount() == 0) {
      Runtime.getRuntime().halt(ENDED_BY_SIGNAL + numberOf(signal));
    }
    first.countDown();
  }

  private static int numberOf(Object signal) {
    return signal.toString().endsWith("INT") ? 2 : 15;
  }
}
