/** @file What is used of WebAssembly: its types come with the browser's, which a program for Node need not have. */

export interface Memory {
  readonly buffer: SharedArrayBuffer
  grow(pages: number): number
}

/** Compiled, but not bound to a memory; passes to workers as it is. */
export type Module = object

/** What a module exports: pointers are numbers, 64-bit integers are bigint. */
export type Functions = Record<string, (...values: (number | bigint)[]) => number>

interface WebAssemblyNamespace {
  compile(bytes: Uint8Array): Promise<Module>
  validate(bytes: Uint8Array): boolean
  Memory: new (options: { initial: number; maximum: number; shared: true }) => Memory
  Module: { new (bytes: Uint8Array): Module; customSections(module: Module, name: string): ArrayBuffer[] }
  Instance: new (module: Module, imports: { env?: { memory: Memory } }) => { readonly exports: Functions }
}

/** Undefined where the engine has none. */
export const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyNamespace }
