package sallyport.credentials.pkcs11;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import sallyport.credentials.sources.UnusableFile;

/**
 * Slots of a PKCS#11 module, by the labels of their tokens. The JDK's provider takes only the
 * number of a slot, which changes with each initialisation; people know a token by its label. So
 * the module is asked directly, by the one function that every module exports (PKCS#11 v3.1,
 * section 5.4).
 */
// The module is native code that the operator has chosen, and calling it is what this is for.
@SuppressWarnings("restricted")
final class Pkcs11Slots {
  // Places in CK_FUNCTION_LIST, behind its version.
  private static final int INITIALIZE = 0;
  private static final int FINALIZE = 1;
  private static final int GET_SLOT_LIST = 4;
  private static final int GET_TOKEN_INFO = 6;
  private static final int FUNCTIONS = 70;

  private static final long OK = 0;
  private static final long ALREADY_INITIALIZED = 0x191;

  /** CK_C_INITIALIZE_ARGS with CKF_OS_LOCKING_OK. */
  private static final int INITIALIZE_ARGS_SIZE = 48;

  private static final int INITIALIZE_FLAGS = 32;
  private static final long OS_LOCKING_OK = 2;

  private static final int TOKEN_INFO_SIZE = 208;
  private static final int LABEL_SIZE = 32;
  private static final int TOKEN_FLAGS = 96;

  /** The errors of a module whose token cannot be reached, by their names. */
  private static final Map<Long, String> ERRORS =
      Map.of(
          0x5L, "CKR_GENERAL_ERROR",
          0x6L, "CKR_FUNCTION_FAILED",
          0x30L, "CKR_DEVICE_ERROR",
          0x32L, "CKR_DEVICE_REMOVED",
          0xE0L, "CKR_TOKEN_NOT_PRESENT",
          0x190L, "CKR_CRYPTOKI_NOT_INITIALIZED");

  private static final Linker LINKER = Linker.nativeLinker();

  /** Asked for once: some modules make a new instance, with a connection, each time. */
  private static final Map<Path, MemorySegment> LOADED = new ConcurrentHashMap<>();

  /**
   * A slot with a token in it.
   *
   * @param flags of the token, as CK_TOKEN_INFO has them
   */
  record Slot(long number, long flags) {
    private static final long USER_PIN_COUNT_LOW = 0x10000;
    private static final long USER_PIN_FINAL_TRY = 0x20000;
    private static final long USER_PIN_LOCKED = 0x40000;

    /** Returns whether a wrong PIN was tried since the last right one. */
    boolean wrongPinWasTried() {
      return (flags & USER_PIN_COUNT_LOW) != 0;
    }

    /** Returns whether one more wrong PIN locks the token. */
    boolean isAtItsLastTry() {
      return (flags & USER_PIN_FINAL_TRY) != 0;
    }

    /** Returns whether no PIN opens it any more. */
    boolean isLocked() {
      return (flags & USER_PIN_LOCKED) != 0;
    }
  }

  private Pkcs11Slots() {}

  /**
   * Returns the slots by the labels of their tokens.
   *
   * @throws UnusableFile when the module cannot be loaded, or does not answer
   */
  static Map<String, Slot> byLabel(Path module) throws UnusableFile {
    return call(
        module,
        (functions, arena) -> {
          initialize(module, arena, functions);
          return read(module, arena, functions);
        });
  }

  /**
   * Ends all sessions and logins of this process, and initialises the module again. Nothing else
   * may call it meanwhile.
   *
   * @throws UnusableFile when the module does not answer
   */
  static void beginAnew(Path module) throws UnusableFile {
    call(
        module,
        (functions, arena) -> {
          // An error means that there was nothing to end.
          long _ =
              (long)
                  LINKER
                      .downcallHandle(
                          function(functions, FINALIZE),
                          FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS))
                      .invokeExact(MemorySegment.NULL);
          initialize(module, arena, functions);
          return module;
        });
  }

  /** Something that calls functions of a module. */
  private interface Call<T> {
    T of(MemorySegment functions, Arena arena) throws Throwable;
  }

  private static <T> T call(Path module, Call<T> call) throws UnusableFile {
    try (Arena arena = Arena.ofConfined()) {
      return call.of(functions(module, arena), arena);
    } catch (UnusableFile unusable) {
      throw unusable;
    } catch (IllegalArgumentException cannotBeLoaded) {
      throw notAModule(module);
    } catch (Throwable broken) {
      throw new UnusableFile("the PKCS#11 module '" + module + "' does not answer");
    }
  }

  private static MemorySegment functions(Path module, Arena arena) throws Throwable {
    MemorySegment known = LOADED.get(module);
    if (known != null) {
      return known;
    }
    // The module stays loaded: the provider uses it too.
    MemorySegment entry =
        SymbolLookup.libraryLookup(module, Arena.global())
            .find("C_GetFunctionList")
            .orElseThrow(() -> notAModule(module));
    MemorySegment list = arena.allocate(ValueLayout.ADDRESS);
    check(
        module,
        (long)
            LINKER
                .downcallHandle(
                    entry, FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS))
                .invokeExact(list));
    MemorySegment functions = list.get(ValueLayout.ADDRESS, 0).reinterpret(8L + 8L * FUNCTIONS);
    MemorySegment earlier = LOADED.putIfAbsent(module, functions);
    return earlier == null ? functions : earlier;
  }

  private static UnusableFile notAModule(Path module) {
    return new UnusableFile("'" + module + "' is not a PKCS#11 module that can be loaded");
  }

  private static void check(Path module, long result) throws UnusableFile {
    if (result != OK) {
      throw new UnusableFile(
          "the PKCS#11 module '%s' answers with error %s"
              .formatted(module, ERRORS.getOrDefault(result, "0x" + Long.toHexString(result))));
    }
  }

  private static MemorySegment function(MemorySegment functions, int place) {
    return functions.get(ValueLayout.ADDRESS, 8L + 8L * place);
  }

  private static void initialize(Path module, Arena arena, MemorySegment functions)
      throws Throwable {
    MemorySegment arguments = arena.allocate(INITIALIZE_ARGS_SIZE);
    arguments.set(ValueLayout.JAVA_LONG, INITIALIZE_FLAGS, OS_LOCKING_OK);
    long result =
        (long)
            LINKER
                .downcallHandle(
                    function(functions, INITIALIZE),
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS))
                .invokeExact(arguments);
    if (result != ALREADY_INITIALIZED) {
      check(module, result);
    }
  }

  private static Map<String, Slot> read(Path module, Arena arena, MemorySegment functions)
      throws Throwable {
    var getSlotList =
        LINKER.downcallHandle(
            function(functions, GET_SLOT_LIST),
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_BYTE,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS));
    MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
    check(module, (long) getSlotList.invokeExact((byte) 1, MemorySegment.NULL, count));
    long slots = count.get(ValueLayout.JAVA_LONG, 0);
    MemorySegment numbers = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, slots));
    check(module, (long) getSlotList.invokeExact((byte) 1, numbers, count));
    var getTokenInfo =
        LINKER.downcallHandle(
            function(functions, GET_TOKEN_INFO),
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));
    Map<String, Slot> byLabel = new LinkedHashMap<>();
    for (long i = 0; i < count.get(ValueLayout.JAVA_LONG, 0); i++) {
      long slot = numbers.getAtIndex(ValueLayout.JAVA_LONG, i);
      MemorySegment token = arena.allocate(TOKEN_INFO_SIZE);
      if ((long) getTokenInfo.invokeExact(slot, token) == OK) {
        byte[] label = token.asSlice(0, LABEL_SIZE).toArray(ValueLayout.JAVA_BYTE);
        byLabel.put(
            new String(label, StandardCharsets.UTF_8).stripTrailing(),
            new Slot(slot, token.get(ValueLayout.JAVA_LONG, TOKEN_FLAGS)));
      }
    }
    return byLabel;
  }
}
